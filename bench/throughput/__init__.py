"""What a request costs the workers of gunicorn in a small project, and how many they answer a second."""
