"""A Django project with ours, simplejwt and knox in it, to be measured."""
