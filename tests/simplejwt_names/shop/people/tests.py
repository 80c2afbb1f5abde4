from django.contrib.auth import get_user_model
from django.test import TestCase
from django.urls import reverse


class LoginTest(TestCase):
    def test_a_customer_logs_in(self):
        get_user_model().objects.create_user("ada@example.com", "a-password")
        body = {"email": "ada@example.com", "password": "a-password"}
        answer = self.client.post(reverse("token_obtain_pair"), body)
        self.assertEqual(answer.status_code, 200)
        self.assertEqual(answer.json()["email"], "ada@example.com")
