"""`ROTATE_REFRESH` off, as a client meets it."""


def test_a_refresh_answers_with_an_access_token_alone(api, pair, settings):
    """So the body of clients that were written for a refresh token that never changes."""
    settings.JWTKIT = {"ROTATE_REFRESH": False}
    for _ in range(2):
        answer = api.post("/api/token/refresh/", {"refresh": pair.refresh})
        assert (answer.status_code, list(answer.json())) == (200, ["access"])
    assert api.get("/api/sessions/", answer.json()["access"]).status_code == 200
