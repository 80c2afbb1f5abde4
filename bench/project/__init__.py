"""A Django project with ours, simplejwt, knox and allauth in it, to be measured."""
