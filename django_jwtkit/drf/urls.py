"""Where the endpoints are, below the project's own `include`."""

from django.urls import path

from . import views

app_name = "jwtkit"
urlpatterns = [
    path("token/", views.TokenObtainPairView.as_view(), name="token_obtain_pair"),
    path("token/refresh/", views.TokenRefreshView.as_view(), name="token_refresh"),
    path("token/verify/", views.TokenVerifyView.as_view(), name="token_verify"),
    path("token/revoke/", views.TokenRevokeView.as_view(), name="token_revoke"),
    path("token/introspect/", views.TokenIntrospectView.as_view(), name="token_introspect"),
    path("logout/", views.LogoutView.as_view(), name="logout"),
    path("logout/all/", views.LogoutAllView.as_view(), name="logout_all"),
    path("sessions/", views.SessionListView.as_view(), name="session_list"),
    path("sessions/<uuid:session_id>/", views.SessionDetailView.as_view(), name="session_detail"),
]
