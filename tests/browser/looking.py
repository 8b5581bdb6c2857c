"""What a look at a page finds wrong with it."""

from __future__ import annotations

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

# Preloading makes axe itself break the policy: it fetches style sheets and inlines them. To tell of
# what is right takes it as long as to look.
_OPTIONS = {"preload": False, "resultTypes": ["violations"]}


def faults(page: Page) -> list[str]:
    """What axe finds, and what is wider than the screen."""
    found = [
        f"{fault['id']}: {[node['html'][:120] for node in fault['nodes'][:3]]}"
        for fault in Axe().run(page, options=_OPTIONS).response["violations"]
    ]
    if page.evaluate("document.documentElement.scrollWidth > innerWidth"):
        found.append("wider than the screen")
    return found
