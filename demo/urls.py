"""The test project's URLs, the page that tells the story, and a browser app with its tokens in cookies."""

from django.urls import include, path

from demo import page

urlpatterns = [
    path("", page.home, name="home"),
    path("app/", page.browser_app, name="app"),
    path("auth/", include("django_jwtkit.drf.cookie_urls", namespace="browser")),
    path("", include("testproject.urls")),
]
