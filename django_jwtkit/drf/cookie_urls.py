"""The endpoints for browsers: the paths and names of `urls`, with the tokens in cookies."""

from django.urls import path

from .views import browser

app_name = "jwtkit"
urlpatterns = [
    path("csrf/", browser.CSRFView.as_view(), name="csrf"),
    path("token/", browser.CookieObtainView.as_view(), name="token_obtain_pair"),
    path("token/refresh/", browser.CookieRefreshView.as_view(), name="token_refresh"),
    path("logout/", browser.CookieLogoutView.as_view(), name="logout"),
    path("logout/all/", browser.CookieLogoutAllView.as_view(), name="logout_all"),
    path("sessions/", browser.CookieSessionListView.as_view(), name="session_list"),
    path("sessions/<uuid:session_id>/", browser.CookieSessionDetailView.as_view(), name="session_detail"),
]
