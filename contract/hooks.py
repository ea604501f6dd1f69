"""What schemathesis cannot know of the server: rules that no schema can state, and that guesses are counted by address."""

import itertools
import os

import schemathesis
import urllib3.util.connection
from hypothesis import strategies as st

_hosts = st.sampled_from(["proxy.example", "10.0.0.1", "[::1]", "a-b.c.example"])
_logins = st.sampled_from(["", "user:password@", "user@"])
_ports = st.sampled_from(["", ":1080", ":65535"])
_schemes = st.sampled_from(["socks5://", "http://", "https://"])


@st.composite
def _proxies(draw):
    scheme, login = draw(_schemes), draw(_logins)
    # RFC 1929 has no empty password.
    if scheme == "socks5://" and login == "user@":
        login = ""
    return scheme + login + draw(_hosts) + draw(_ports)


# `format: uri` is a proxy's address wherever a body has it.
schemathesis.openapi.format("uri", _proxies())

# What is right by the schema, and refused by a rule that JSON Schema has no words for.
_RULES = {
    ("password", "must not repeat one character"),
    ("newPassword", "must not repeat one character"),
    ("expiresAt", "must be in the future"),
    ("accounts", "is not an account that you can reach"),
    # A list of all time zones would be longer than the document.
    ("timeZone", "must be an IANA time zone such as Europe/Madrid"),
    # A pattern of all IPv6 networks would say less than this sentence.
    ("networks", "must be a network such as 192.0.2.0/24 or 2001:db8::/32, or an address"),
}


def _place(field):
    """The field without the index of an element."""
    return field.split("[")[0]


@schemathesis.hook
def filter_failure(context, failure, case, response):
    if failure.__class__.__name__ != "RejectedPositiveData":
        return True
    try:
        errors = response.json().get("errors", [])
    except ValueError:
        return True
    return not errors or any((_place(error["field"]), error["message"]) not in _RULES for error in errors)


# Guesses of passwords and links are slowed down for each address. So that the run is not one long 429, each connection
# for them comes from another address of this machine.
_connect = urllib3.util.connection.create_connection
_numbers = itertools.count(1)
# Several runs try one server.
_RUN = os.getpid()


def _from_another_address(address, *arguments, **options):
    number = next(_numbers)
    options["source_address"] = (f"127.{1 + number // 62500 % 200}.{number // 250 % 250}.{1 + number % 250}", 0)
    return _connect(address, *arguments, **options)


urllib3.util.connection.create_connection = _from_another_address


@schemathesis.hook
def before_call(context, case, kwargs):
    # A key that comes again with another body is refused, as it should be: each case of each run has keys of its own.
    key = (case.headers or {}).get("Idempotency-Key")
    if key and len(key) <= 255 and all("!" <= character <= "~" for character in key):
        case.headers = {**case.headers, "Idempotency-Key": f"{key[:220]}-{_RUN}-{next(_numbers)}"}
    if case.operation.path.startswith(("/api/v1/auth/", "/api/v1/pairing/", "/api/v1/setup")):
        case.headers = {**(case.headers or {}), "Connection": "close"}
