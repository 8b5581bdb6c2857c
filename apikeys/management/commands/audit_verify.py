from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict
from typing import Any

from django.core.management.base import CommandError, CommandParser

from apikeys.management.verbs import VerbCommand
from apikeys.models import AuditEvent, Tenant
from apikeys.operations.audit import Finding, verify_chain


class Command(VerbCommand):
    help = (
        "Check the audit trail of every tenant: finds events that were edited, deleted, inserted, "
        "reordered or moved. Exit code 1 when something is found."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--tenant", help="check this tenant (org_…) alone")
        parser.add_argument("--json", action="store_true", help="print one JSON object")

    def run(self, **options: Any) -> None:
        tenants = self._tenants(options["tenant"])
        findings = [finding for tenant in tenants for finding in self._of(tenant)]
        self.end_progress()
        events = AuditEvent.objects.filter(tenant__in=tenants).count()
        if options["json"]:
            found = [asdict(finding) for finding in findings]
            self.tell_json({"tenants": len(tenants), "events": events, "findings": found})
        else:
            self._list(findings)
            self.stdout.write(
                f"Tenants: {len(tenants)}, events: {events}, findings: {len(findings)}."
            )
        if findings:
            raise CommandError("The audit trail was tampered with, or a ring key is missing.")

    def _tenants(self, named: str | None) -> list[Tenant]:
        tenants = list(Tenant.objects.of_tenant(named).order_by("pk"))
        if named and not tenants:
            raise CommandError("There is no such tenant. Check its id.")
        return tenants

    def _of(self, tenant: Tenant) -> Iterable[Finding]:
        self.progress(f"checking {tenant.public_id}")
        return verify_chain(tenant)

    def _list(self, findings: Iterable[Finding]) -> None:
        for finding in findings:
            self.stdout.write(f"{finding.tenant_id} event {finding.sequence}: {finding.problem}")
