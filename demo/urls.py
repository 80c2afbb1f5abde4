"""The test project's URLs, and the page that tells the story."""

from django.urls import include, path

from demo import page

urlpatterns = [
    path("", page.home, name="home"),
    path("", include("testproject.urls")),
]
