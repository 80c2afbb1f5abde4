"""The login asks no more of a user model than Django does, and it and the views judge a user by one rule."""

from tests.support.user_models import play

PLAIN = """
class User(AbstractBaseUser):
    username = models.CharField(max_length=30, unique=True)
    {fields}
    objects = BaseUserManager()
    USERNAME_FIELD = "username"
    REQUIRED_FIELDS = []
"""

COMPANY = """
class User(AbstractBaseUser):
    company = models.CharField(max_length=30)
    email = models.EmailField()
    is_active = models.BooleanField(default=True)
    objects = models.Manager()
    USERNAME_FIELD = "email"
    REQUIRED_FIELDS = []
"""

COMPANY_BACKEND = """
from .models import User
class Backend:
    def authenticate(self, request, company=None, email=None, password=None):
        user = User.objects.filter(company=company, email=email).first()
        return user if user and user.check_password(password) else None
"""

COMPANY_LOGIN = """
from rest_framework import serializers
from django_jwtkit.drf.serializers import TokenObtainPairSerializer
from django_jwtkit.drf.views import TokenObtainPairView
from django.urls import path
from tests.drf import project
class S(TokenObtainPairSerializer):
    company = serializers.CharField(write_only=True)
class V(TokenObtainPairView):
    serializer_class = S
urlpatterns = [path("api/token/", V.as_view()), *project.urlpatterns]
"""


def test_a_login_by_company_and_address(tmp_path):
    """A plain manager, and one address in two companies: the backend knows which is which."""
    answer = play(
        tmp_path,
        COMPANY,
        """
users = [add(company=name, email="a@example.com") for name in ("acme", "globex")]
answers = [log_in(company=user.company, email=user.email) for user in users]
subs = [tokens.verify(one.json()["access"])["sub"] for one in answers]
wrong = log_in(company="initech", email="a@example.com")
answer = [subs == [str(user.pk) for user in users], [me(one.json()["access"]).status_code for one in answers],
          wrong.status_code]
""",
        settings='AUTHENTICATION_BACKENDS = ["shop.backend.Backend"]\nROOT_URLCONF = "shop.login"\n',
        backend=COMPANY_BACKEND,
        login=COMPANY_LOGIN,
    )
    assert answer == [True, [200, 200], 401]


def test_several_rows_of_one_name_are_a_failed_login(tmp_path):
    """Under Django's own backend, which finds two: no 500, and a line in the log."""
    answer = play(
        tmp_path,
        PLAIN.format(fields="").replace("unique=True", "default=''"),
        """
add(username="alice"); add(username="alice"); add(username="bob")
answer = [log_in(username="alice").status_code, log_in(username="bob").status_code, LINES[0]]
""",
    )
    assert answer[:2] == [401, 200]
    assert answer[2].startswith("ERROR Login refused: several users")


STORY = """
def story(user):
    pair = log_in(username=user.username)
    if pair.status_code != 200:
        try:
            sessions.start(user)
        except Exception as error:
            started = type(error).__name__
        return [pair.status_code, started]
    refreshed = APIClient().post("/api/token/refresh/", {"refresh": pair.json()["refresh"]}, format="json")
    return [pair.status_code, me(pair.json()["access"]).status_code, refreshed.status_code]
"""


def test_an_old_table_s_integer_says_who_is_active(tmp_path):
    """1 is active and 0 is not, at the login, in each view and at a refresh."""
    answer = play(
        tmp_path,
        PLAIN.format(fields="is_active = models.SmallIntegerField(default=1)"),
        STORY
        + """
alice, bob = add(username="alice"), add(username="bob", is_active=0)
answer = [story(alice), story(bob)]
pair = log_in(username="alice").json()
User.objects.update(is_active=0)
refused = APIClient().post("/api/token/refresh/", {"refresh": pair["refresh"]}, format="json")
answer += [me(pair["access"]).json()["code"], refused.json()["code"]]
""",
    )
    assert answer == [[200, 200, 200], [401, "UserInactive"], "user_inactive", "user_inactive"]


def test_a_model_without_the_field_is_active(tmp_path):
    """As in Django, whose base class says True."""
    answer = play(tmp_path, PLAIN.format(fields=""), STORY + 'answer = story(add(username="alice"))')
    assert answer == [200] * 3


LEFT = """left = models.DateField(null=True)
    @property
    def is_active(self):
        return self.left is None
"""


def test_a_property_is_asked(tmp_path):
    """Whoever has left may not come in."""
    answer = play(
        tmp_path,
        PLAIN.format(fields=LEFT),
        STORY
        + """
import datetime
answer = [story(add(username="alice")), story(add(username="bob", left=datetime.date(2026, 1, 1)))]
""",
    )
    assert answer == [[200] * 3, [401, "UserInactive"]]


NUMBER = """
class User(AbstractBaseUser):
    number = models.{field}(unique=True)
    objects = BaseUserManager()
    USERNAME_FIELD = "number"
    REQUIRED_FIELDS = []
"""


def test_a_number_is_a_name_where_the_column_holds_numbers(tmp_path):
    """As a JSON number or as text; nothing that a client sends is a 500, nor another number."""
    answer = play(
        tmp_path,
        NUMBER.format(field="BigIntegerField"),
        """
sub = str(add(number=2009).pk)
good = [log_in(number=name) for name in (2009, "2009", " 2009 ")]
texts = ["", "  ", "2009.5", "abc", "0x7d9", "9" * 300, "nan", "\\u0000"]
bad = [log_in(number=name).status_code for name in (True, None, 2009.0, 2009.5, [2009], {"a": 1}, *texts)]
unknown = [log_in(number=name).status_code for name in (2010, -1, 10**30, "9" * 200, 2**63)]
answer = [[tokens.verify(one.json()["access"])["sub"] == sub for one in good], bad, unknown,
          APIClient().post("/api/token/", {"number": "2009", "password": "correct horse"}).status_code,
          log_in(number=2009, password=1).status_code]
""",
    )
    assert answer == [[True] * 3, [400] * 14, [401] * 5, 200, 400]


def test_names_of_other_kinds(tmp_path):
    """A UUID as text, in any of its spellings as Django reads them; no number."""
    answer = play(
        tmp_path,
        NUMBER.format(field="UUIDField"),
        """
import uuid
name = uuid.uuid4()
add(number=name)
answer = [[log_in(number=one).status_code for one in (str(name), name.hex)],
          [log_in(number=one).status_code for one in (name.int, "x", "", None, True)],
          log_in(number=str(uuid.uuid4())).status_code]
""",
    )
    assert answer == [[200] * 2, [400] * 5, 401]


FOREIGN = """
class Member(models.Model):
    number = models.IntegerField(primary_key=True)
class User(AbstractBaseUser):
    member = models.OneToOneField(Member, models.CASCADE)
    objects = BaseUserManager()
    USERNAME_FIELD = "member"
    REQUIRED_FIELDS = []
"""


def test_a_foreign_key_is_named_as_its_target(tmp_path):
    """By the target's own key."""
    answer = play(
        tmp_path,
        FOREIGN,
        """
add(member=Member.objects.create(number=7))
answer = [log_in(member=name).status_code for name in (7, "7", 8, "x", 7.5)]
""",
    )
    assert answer == [200, 200, 401, 400, 400]


CUSTOMERS = (
    PLAIN.format(fields="is_superuser = models.BooleanField(default=False)")
    + """
class Customer(AbstractBaseUser):
    email = models.EmailField(unique=True)
    objects = BaseUserManager()
    USERNAME_FIELD = "email"
"""
)
BACKENDS = """
AUTHENTICATION_BACKENDS = ["shop.backend.Backend", "django.contrib.auth.backends.ModelBackend"]
"""
CUSTOMER_BACKEND = """
from types import SimpleNamespace
from django.contrib.auth.models import AnonymousUser
from .models import Customer, User
class Backend:
    def authenticate(self, request, username=None, password=None):
        if username == "anonymous":
            return AnonymousUser()
        if username == "namespace":
            return SimpleNamespace(pk=1, id=1, is_active=True)
        if username == "unsaved":
            return User(username="unsaved")
        found = Customer.objects.filter(email=username).first()
        return found if found and found.check_password(password) else None
"""


def test_a_customer_is_not_the_user_of_that_number(tmp_path):
    """Whatever a backend returns that is no user of ours: 401 as ever, and the log names the backend."""
    answer = play(
        tmp_path,
        CUSTOMERS,
        """
from django.contrib.auth import user_logged_in
seen = []
user_logged_in.connect(lambda **facts: seen.append(facts["user"].pk), weak=False)
add(username="boss", is_superuser=True)
add(Customer, email="c@example.com")
answers = [log_in(username=name) for name in ("c@example.com", "anonymous", "namespace", "unsaved", "nobody")]
answer = [[one.status_code for one in answers], len({one.content for one in answers}), LINES, list(seen),
          sessions.Session.objects.count(), log_in(username="boss").status_code]
""",
        settings=BACKENDS,
        backend=CUSTOMER_BACKEND,
    )
    statuses, bodies, lines, signals, count, boss = answer
    assert (statuses, bodies, signals, count, boss) == ([401] * 5, 1, [], 0, 200)
    assert [
        line for line in lines if not line.startswith("ERROR Login refused, by shop.backend.Backend: ")
    ] == []
    for line, model in zip(lines[:3], ("shop.Customer", "AnonymousUser", "SimpleNamespace"), strict=True):
        assert "shop.User" in line
        assert model in line
    assert "saved" in lines[3]
