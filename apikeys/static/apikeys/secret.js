"use strict";

// Copies, downloads and forgets the secrets of one page. Without it, they can be selected by hand.

document.addEventListener("DOMContentLoaded", () => {
  const page = document.querySelector("[data-apikeys-secrets]");
  const status = page.querySelector("[data-status]");
  const values = [...page.querySelectorAll("[data-variable]")];
  // Where there is one, a block to be kept as it stands; it repeats the values.
  const block = page.querySelector("[data-env]");
  const buttons = [...page.querySelectorAll("[data-copies], [data-downloads]")];

  const say = (what) => {
    status.textContent = status.dataset[what];
  };

  const select = (element) => {
    const selection = window.getSelection();
    selection.removeAllRanges();
    selection.selectAllChildren(element);
  };

  const copy = async (element) => {
    try {
      await navigator.clipboard.writeText(element.textContent);
      say("copied");
    } catch {
      // The clipboard is only there over https or on this machine, and may be forbidden.
      select(element);
      say("select");
    }
  };

  const download = (name) => {
    const lines = block
      ? [block.textContent]
      : values.map((element) => `${element.dataset.variable}=${element.textContent}\n`);
    const address = URL.createObjectURL(new Blob(lines, { type: "text/plain" }));
    const link = document.createElement("a");
    link.href = address;
    link.download = name;
    link.click();
    URL.revokeObjectURL(address);
  };

  const forget = () => {
    [...values, ...(block ? [block] : [])].forEach((element) => element.replaceChildren());
    buttons.forEach((button) => button.remove());
    say("cleared");
  };

  buttons.forEach((button) => {
    button.hidden = false;
    button.addEventListener("click", () => {
      if (button.dataset.copies) {
        copy(document.getElementById(button.dataset.copies));
      } else {
        download(button.dataset.downloads);
      }
    });
  });

  window.setTimeout(forget, Number(page.dataset.shownSeconds) * 1000);
  window.addEventListener("pagehide", forget);
  window.addEventListener("pageshow", (event) => {
    if (event.persisted) {
      window.location.replace(page.dataset.keyUrl);
    }
  });
});
