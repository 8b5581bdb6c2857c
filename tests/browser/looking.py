"""What two looks at a page find wrong with it."""

from __future__ import annotations

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

# Preloading makes axe itself break the policy: it fetches style sheets and inlines them. To tell of
# what is right takes it as long as to look.
_OPTIONS = {"preload": False, "resultTypes": ["violations"]}
# Colours that change take their time to do so, and have too little contrast meanwhile.
_CHANGED = "document.getAnimations().forEach(it => it.finish())"

#: As two different people see it: the colours, and how many pixels wide the screen is.
_LOOKS = {"light, wide": ("light", 1280), "dark, narrow": ("dark", 360)}


def faults(page: Page) -> list[str]:
    """What is wrong with the page in any of the looks; it is left in the last one."""
    found = []
    for look, (scheme, width) in _LOOKS.items():
        page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
        page.set_viewport_size({"width": width, "height": 900})
        page.evaluate(_CHANGED)
        found += [f"{look}: {fault}" for fault in _faults_now(page)]
    return found


def _faults_now(page: Page) -> list[str]:
    """What axe finds, and what is wider than the screen."""
    found = [
        f"{fault['id']}: {[node['html'][:120] for node in fault['nodes'][:3]]}"
        for fault in Axe().run(page, options=_OPTIONS).response["violations"]
    ]
    if page.evaluate("document.documentElement.scrollWidth > innerWidth"):
        found.append("wider than the screen")
    return found
