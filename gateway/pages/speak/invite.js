// How listeners get in: picture, link and code; also as big as the projector can show them.

import { onlyHere } from "../session/place.js";
import { put, text } from "../texts/texts.js";

const part = (id) => document.querySelector(`#${id}`);

/** Shows how to join the session `code` at `joinUrl`, with `pin` if it has one. */
export function showInvitation({ code, joinUrl, title, pin }) {
  const link = joinUrl || `${location.origin}/listen/${code}`;
  for (const id of ["code", "big-code"]) part(id).textContent = code;
  part("link").href = link;
  for (const id of ["link", "big-link"]) part(id).textContent = link.replace(/^https?:\/\//, "");
  part("invite-local").hidden = !onlyHere(link);
  showPin(pin);
  put(part("invite-text"), "speak.inviteHelp", { site: new URL(link).host });
  for (const id of ["qr", "big-qr"]) showPicture(part(id), `/api/sessions/${encodeURIComponent(code)}/qr.svg`);
  part("share").hidden = !navigator.share;
  part("share").onclick = () => navigator.share({ title: title || "Dragoman", url: link }).catch(() => {}); // thought better of it
  part("copy").onclick = () => copy(link);
  part("show-big").onclick = showBig;
  part("print").onclick = () => window.print();
  part("big-title").textContent = title ?? "";
  part("overlay").href = new URL(`/overlay/${encodeURIComponent(code)}?debug`, link).href;
}

function showPin(pin) {
  for (const shown of document.querySelectorAll(".pin")) {
    shown.hidden = !pin;
    shown.querySelector("strong").textContent = pin ?? "";
  }
}

/** A server without pictures has none: the link and the code are enough. */
function showPicture(image, source) {
  image.alt = text("speak.qr");
  image.onload = () => (image.hidden = false);
  image.onerror = () => (image.hidden = true);
  image.src = source;
}

async function copy(link) {
  try {
    await navigator.clipboard.writeText(link);
    put(part("copied"), "speak.copied");
  } catch {
    put(part("copied"), "speak.notCopied", { link });
  }
}

function showBig() {
  const projector = part("projector");
  projector.showModal();
  projector.onclose = () => document.fullscreenElement && document.exitFullscreen();
  document.documentElement.requestFullscreen?.().catch(() => {}); // it is as big as the window then
}

document.addEventListener("fullscreenchange", () => {
  if (!document.fullscreenElement && part("projector").open) part("projector").close();
});
