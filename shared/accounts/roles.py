"""Roles of PostgreSQL, each with the rights that one door needs and no others."""

from collections.abc import Iterable, Mapping

from shared.stores import sql
from shared.stores.postgres import Database, Row

_SQL = sql.load("shared.accounts", "roles.sql")

SERVER, HTTP, INGEST, ADMIN = "lectern_server", "lectern_http", "lectern_ingest", "lectern_admin"
ROLES = (SERVER, HTTP, INGEST, ADMIN)

_READ, _ADD, _ALL = "SELECT", "SELECT, INSERT", "SELECT, INSERT, UPDATE, DELETE"

_SERVED = (
    "catalogue_revision",
    "crawl_pages",
    "crawls",
    "documentation_chunks",
    "documents",
    "generations",
    "installation",
    "known_edition",
    "known_names",
    "libraries",
    "library_names",
    "library_versions",
    "schema_migrations",
)
"""What an answer is made of, and what says that the schema is ours."""
_KEPT = tuple(name for name in _SERVED if name not in ("installation", "schema_migrations"))
_PEOPLE = (
    "access_rules",
    "api_keys",
    "identity_providers",
    "invitations",
    "oauth_clients",
    "oauth_grants",
    "oauth_tokens",
    "user_groups",
    "user_limits",
    "users",
    "web_sessions",
)
_BOOKS = (
    "alert_thresholds",
    "balance_transactions",
    "bank_transfers",
    "billing_alerts",
    "billing_periods",
    "billing_runs",
    "credit_burns",
    "credit_notes",
    "credit_payouts",
    "credits",
    "customers",
    "disputes",
    "dunning_steps",
    "invoice_documents",
    "invoice_items",
    "invoices",
    "method_links",
    "number_series",
    "outbox",
    "payment_methods",
    "payments",
    "pending_items",
    "plan_prices",
    "plan_versions",
    "plans",
    "provider_customers",
    "provider_events",
    "refunds",
    "seller",
    "subscription_spans",
    "subscriptions",
    "usage_ratings",
)

TABLES: Mapping[str, Mapping[str, str]] = {
    SERVER: dict.fromkeys(_SERVED, _READ),
    HTTP: dict.fromkeys(_SERVED, _READ),
    INGEST: {
        **dict.fromkeys(_SERVED, _READ),
        **dict.fromkeys((*_KEPT, "embeddings", "popularity_computed", "quarantine_decisions"), _ALL),
        "usage_daily": _READ,
        "audit_log": _ADD,
    },
    ADMIN: {
        **dict.fromkeys(_SERVED, _READ),
        **dict.fromkeys((*_PEOPLE, *_BOOKS), _ALL),
        "access_posture": "SELECT, UPDATE",
        "audit_log": _ADD,
        "usage_logs": "SELECT, UPDATE",
        "usage_daily": _READ,
    },
}
"""What each role may do with each table; with any other, nothing."""
FUNCTIONS: Mapping[str, tuple[str, ...]] = {
    "access_of(uuid)": ROLES,
    "alike_names(text, integer, jsonb)": ROLES,
    "authenticate_key(text)": (SERVER, HTTP, ADMIN),
    "confirming_crawl(uuid)": ROLES,
    "credit_paid_out(uuid)": (ADMIN,),
    "deferring_invoices(timestamp with time zone, date)": (ADMIN,),
    "credit_went_out(uuid)": (ADMIN,),
    "guard_invoice()": (),
    "guard_invoice_items()": (),
    "guard_payment()": (),
    "invoice_due(uuid)": (ADMIN,),
    "invoice_reserved(uuid)": (ADMIN,),
    "is_charged_back(uuid)": (ADMIN,),
    "is_counted(text, text)": (ADMIN,),
    "key_holder(uuid, timestamp with time zone)": (HTTP, ADMIN),
    "live_credentials(text[], timestamp with time zone)": (HTTP, ADMIN),
    "make_usage_partitions()": (ADMIN,),
    "may_read(text, jsonb)": ROLES,
    "payment_reversed(uuid)": (ADMIN,),
    "pending_left(uuid)": (ADMIN,),
    "prune_usage(timestamp with time zone)": (ADMIN,),
    "raise_catalogue_revision()": (),
    "record_provider_event(text, text, text, text, text, timestamp with time zone, text, timestamp with time zone)": (
        HTTP,
        ADMIN,
    ),
    "record_usage(jsonb)": ROLES,
    "refuse_change()": (),
    "set_claimed_groups(uuid, text[])": (HTTP, ADMIN),
    "touch_updated_at()": (),
    "usage_since(uuid, timestamp with time zone)": (SERVER, HTTP, ADMIN),
    "accept_invitation(text, timestamp with time zone, text, text, text, text)": (HTTP, ADMIN),
    "add_by_sign_in(text, text, text, text, text)": (HTTP, ADMIN),
    "audit_person(uuid, text, jsonb)": (),
    "begin_session(text, uuid, text, timestamp with time zone, timestamp with time zone)": (HTTP, ADMIN),
    "bind_provider(text, text)": (HTTP, ADMIN),
    "connect_identity(uuid, text, text, text, text)": (HTTP, ADMIN),
    "end_session(text)": (HTTP, ADMIN),
    "end_sessions()": (),
    "forget_sign_ins(timestamp with time zone)": (),
    "invitation_of(text, timestamp with time zone)": (HTTP, ADMIN),
    "locale_of(uuid)": (HTTP, ADMIN),
    "password_of(text, text)": (HTTP, ADMIN),
    "session_of(text, timestamp with time zone)": (HTTP, ADMIN),
    "sign_in_facts(text, text, text, text, text, timestamp with time zone)": (HTTP, ADMIN),
    "add_own_key(text, timestamp with time zone, uuid, text, text, text, timestamp with time zone, integer)": (
        HTTP,
        ADMIN,
    ),
    "end_other_sessions(text, timestamp with time zone)": (HTTP, ADMIN),
    "end_own_client(text, timestamp with time zone, uuid)": (HTTP, ADMIN),
    "own_alerts(text, timestamp with time zone)": (HTTP, ADMIN),
    "own_clients(text, timestamp with time zone)": (HTTP, ADMIN),
    "own_document(text, timestamp with time zone, uuid, text)": (HTTP, ADMIN),
    "own_invoice(text, timestamp with time zone, uuid)": (HTTP, ADMIN),
    "own_invoices(text, timestamp with time zone)": (HTTP, ADMIN),
    "own_keys(text, timestamp with time zone)": (HTTP, ADMIN),
    "own_limits(text, timestamp with time zone)": (HTTP, ADMIN),
    "own_plan(text, timestamp with time zone)": (HTTP, ADMIN),
    "own_sessions(text, timestamp with time zone)": (HTTP, ADMIN),
    "own_usage(text, timestamp with time zone, timestamp with time zone)": (HTTP, ADMIN),
    "read_own_alerts(text, timestamp with time zone, timestamp with time zone)": (HTTP, ADMIN),
    "revoke_own_key(text, timestamp with time zone, uuid)": (HTTP, ADMIN),
    "authenticate_token(text, text, timestamp with time zone)": (HTTP, ADMIN),
    "end_oauth_grant(uuid, timestamp with time zone)": (ADMIN,),
    "end_oauth_grants()": (),
    "give_back_token(text, text, timestamp with time zone)": (HTTP, ADMIN),
    "grant_client(text, text, text, text[], text, text, text, text, text, timestamp with time zone, "
    "timestamp with time zone, integer)": (HTTP, ADMIN),
    "issue_machine_key(uuid, text, text, timestamp with time zone, timestamp with time zone)": (HTTP, ADMIN),
    "issue_tokens(uuid, text, text, text, timestamp with time zone, text, timestamp with time zone, "
    "timestamp with time zone)": (HTTP, ADMIN),
    "register_client(text, text, text[], timestamp with time zone)": (HTTP, ADMIN),
    "registered_client(text)": (HTTP, ADMIN),
    "spend_token(text, text, timestamp with time zone)": (HTTP, ADMIN),
}
"""Who may run each function of ours."""


def statements(tables: Iterable[str], functions: Iterable[str], schema: str, database: str) -> list[str]:
    """What makes the roles and gives them their rights on the objects that are there, in order.

    Names of schema and database are quoted as they are to stand.
    """
    there, known = set(tables), set(functions)
    everyone = ", ".join(ROLES)
    made = [*map(_role, ROLES)]
    made += [
        f"REVOKE CREATE, TEMPORARY ON DATABASE {database} FROM PUBLIC",
        f"REVOKE CREATE ON SCHEMA {schema} FROM PUBLIC",
        f"GRANT CONNECT ON DATABASE {database} TO {everyone}",
        f"GRANT USAGE ON SCHEMA {schema} TO {everyone}",
    ]
    made += [f"REVOKE ALL ON {schema}.{table} FROM PUBLIC, {everyone}" for table in sorted(there)]
    made += [
        f"GRANT {rights} ON {schema}.{table} TO {role}"
        for role in ROLES
        for table, rights in sorted(TABLES[role].items())
        if table in there
    ]
    made += [
        f"REVOKE ALL ON FUNCTION {schema}.{name} FROM PUBLIC, {everyone}"
        for name in sorted(known & FUNCTIONS.keys())
    ]
    made += [
        f"GRANT EXECUTE ON FUNCTION {schema}.{name} TO {', '.join(allowed)}"
        for name, allowed in sorted(FUNCTIONS.items())
        if allowed and name in known
    ]
    return made


class Roles:
    """Errors: DatabaseUnavailable, StatementRefused."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def statements(self) -> list[str]:
        """What `apply` would do to this database, whatever of the schema is there."""
        [found] = await self._database.rows(_SQL["objects"], {"functions": list(FUNCTIONS)})
        return statements(**found)

    async def apply(self) -> None:
        """Make the roles and set their rights, all or none; CREATEROLE and the tables' ownership are enough."""
        wanted = await self.statements()
        async with self._database.transaction() as connection:
            for statement in wanted:
                await connection.execute(statement)

    async def login(self) -> Row:
        """`name` of the login in use, `is_superuser`, `owns_tables`, and `member_of` which of our roles."""
        [found] = await self._database.rows(_SQL["login"], {"roles": list(ROLES)})
        return found

    async def differences(self) -> list[str] | None:
        """Rights that a role or everybody has and should not, or should have and has not; None without the roles."""
        [there] = await self._database.rows(_SQL["roles"], {"roles": list(ROLES)})
        if there["there"] < len(ROLES):
            return None
        wrong = []
        for row in await self._database.rows(_SQL["rights"], {"roles": list(ROLES)}):
            wanted = set(TABLES[row["role"]].get(row["name"], "").split(", ")) - {""}
            wrong += [
                f"{row['role']} may {right} {row['name']}" for right in sorted(set(row["rights"]) - wanted)
            ]
            wrong += [
                f"{row['role']} may not {right} {row['name']}"
                for right in sorted(wanted - set(row["rights"]))
            ]
        for row in await self._database.rows(
            _SQL["may_run"], {"roles": list(ROLES), "functions": list(FUNCTIONS)}
        ):
            if row["may"] != (row["role"] in FUNCTIONS[row["name"]]):
                wrong.append(f"{row['role']} may {'' if row['may'] else 'not '}run {row['name']}")
        return wrong

    async def renew(self) -> bool:
        """Set the rights again where there are roles of ours, and make those that came later; False without any.

        Even then nobody else may run what runs with its owner's rights: a restore opens that to everybody.
        """
        [found] = await self._database.rows(_SQL["roles"], {"roles": list(ROLES)})
        if found["there"]:
            await self.apply()
            return True
        for row in await self._database.rows(_SQL["open"], {"functions": list(FUNCTIONS)}):
            await self._database.rows(f"REVOKE ALL ON FUNCTION {row['name']} FROM PUBLIC")
        return False


def _role(name: str) -> str:
    return (
        f"DO $$ BEGIN CREATE ROLE {name} NOLOGIN; "
        "EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL; END $$"
    )
