// Links that are for one person only: whoever has one may do what it is for.

import { ask } from "../session/ask.js";
import { privateLink } from "../session/private_link.js";
import { put, text } from "../texts/texts.js";

/** Offers to move the session `{ code, token, moderatorToken, joinUrl }` to another device, and to let somebody moderate it. */
export function showPrivateLinks({ code, token, moderatorToken, joinUrl }) {
  offer("move", "speak", { code, token }, joinUrl || location.origin);
  offer("moderate", "moderate", { code, token: moderatorToken }, joinUrl || location.origin);
}

/** The picture is asked for when somebody wants to see it: it is nobody else's to film. */
function offer(id, page, of, joinUrl) {
  const details = document.querySelector(`#${id}`);
  details.hidden = !of.token;
  if (!of.token) return;
  details.open = false;
  details.ontoggle = () => details.open && showPicture(details.querySelector("img"), page, of);
  details.querySelector("button").onclick = () => copy(privateLink(page, of, joinUrl), details.querySelector("[role=status]"));
}

async function showPicture(image, page, { code, token }) {
  image.alt = text(page === "speak" ? "speak.moveQr" : "speak.moderateQr");
  try {
    const address = `/api/sessions/${encodeURIComponent(code)}/qr.svg?of=${page}`;
    const response = await ask(address, { headers: { Authorization: `Bearer ${token}` } });
    if (!response.ok) throw new Error(`HTTP ${response.status}`);
    image.src = `data:image/svg+xml,${encodeURIComponent(await response.text())}`;
    image.hidden = false;
  } catch {
    image.hidden = true; // the link is enough
  }
}

async function copy(link, said) {
  try {
    await navigator.clipboard.writeText(link);
    put(said, "speak.copied");
  } catch {
    put(said, "speak.notCopied", { link });
  }
}
