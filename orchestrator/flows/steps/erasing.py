"""The steps of erasing one person: first the ledger, then the account.

Killed in between, the ledger knows of somebody who is still there: the next run, or a restoration,
goes on from it. The other way round somebody would be gone until the next restoration only.
"""

from __future__ import annotations

from functools import cached_property

from orchestrator.engine.step import Say, Step, once
from orchestrator.errors.erasures import (
    ErasureImpossibleError,
    PersonNotOpaqueError,
    PersonUnknownError,
)
from orchestrator.flows.steps.erased_again import Replay, erasures_of
from orchestrator.model.change import Change, Operation, Risk
from orchestrator.model.erasure import Entry
from orchestrator.products import registry
from orchestrator.products.erasing import Account, Erasing
from orchestrator.products.product import AnySubject
from orchestrator.products.toolbox import Toolbox


class ErasingOne:
    """One person's erasure; made without looking at anything."""

    def __init__(self, subject: AnySubject, tools: Toolbox, person: str, reference: str) -> None:
        self._subject = subject
        self._tools = tools
        self._person = person
        self._reference = reference
        self._ledger = erasures_of(subject, tools)

    def possible(self) -> ErasingOne:
        """Itself. Raises ErasureImpossibleError, PersonNotOpaqueError, PersonUnknownError."""
        instance = self._subject.names.instance
        if not self._how.is_opaque(self._person):
            raise PersonNotOpaqueError(instance, form=self._how.form)
        store = self._tools.objects.bucket(self._subject.names.backup_bucket)
        if store is None or not self._tools.keys.prepared():
            raise ErasureImpossibleError(
                instance,
                reason="there is no store of backups yet to keep the ledger in",
                instead=f"make it with `orchestrator backup run {instance}`, then try again",
            )
        if self._account is None and not self._entries:
            raise PersonUnknownError(instance, person=self._person)
        if reason := self._how.refused(self._tools, self._person):
            raise ErasureImpossibleError(
                instance, reason=reason, instead="give that part to another account first"
            )
        return self

    def ledger(self) -> Step:
        """The person's number in the ledger, which no restoration brings back."""

        def look() -> tuple[Change, ...]:
            account = self._account
            if account is None or (self._entry is not None and self._ledger.noted()):
                return ()
            detail = f"on the instruction {self._reference}"
            return (
                Change("ledger", Operation.CREATE, f"erasure/{self._person}", detail, Risk.NONE),
            )

        def act(say: Say) -> None:
            account = self._account
            assert account is not None  # noqa: S101 - else there is nothing to do
            at = self._tools.history.now()
            kept = self._ledger.record(self._person, account.mark, self._reference, at)
            say(f"entry {kept.number} of the ledger")

        promise = "no restoration brings the person back unnoticed"
        return Step("ledger", promise, look, act, once(look))

    def account(self) -> Step:
        """The account destroyed by the product itself, and its rows looked at."""

        def look() -> tuple[Change, ...]:
            account = self._account
            if account is None or not account.left:
                return ()
            detail = f"what tells of the person goes: {', '.join(account.left)}"
            target = f"account/{self._person}"
            return (Change("account", Operation.DELETE, target, detail, Risk.DESTROYS),)

        def act(say: Say) -> None:
            say("the product destroys the account")
            Replay(self._subject, self._tools, self._how).erase({self._person}, say)

        return Step("account", "no row tells of the person", look, act, once(look))

    @cached_property
    def _how(self) -> Erasing:
        product = self._subject.product
        found: Erasing | None = product.erasing(self._subject)
        if found is None:
            title = registry.facts(self._subject.names.product).title
            raise ErasureImpossibleError(
                self._subject.names.instance,
                reason=f"{title} is not supported yet",
                instead=product.erased_otherwise,
            )
        return found

    @property
    def _account(self) -> Account | None:
        return self._how.seen(self._tools, {self._person}).get(self._person)

    @property
    def _entries(self) -> tuple[Entry, ...]:
        return tuple(one for one in self._ledger.listed() if one.person == self._person)

    @property
    def _entry(self) -> Entry | None:
        """The entry of this very account."""
        account = self._account
        return next((one for one in self._entries if account and one.mark == account.mark), None)
