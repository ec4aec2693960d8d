// The screen stays on while somebody speaks: a device that sleeps takes the microphone with it.

let wanted = false;
let lock = null;

export function stayAwake(yes) {
  wanted = yes;
  if (!yes) lock?.release();
  else take();
}

async function take() {
  if (!wanted || document.visibilityState !== "visible") return;
  try {
    lock = await navigator.wakeLock?.request("screen");
  } catch {
    lock = null; // the battery is low, or the browser does not want to
  }
}

document.addEventListener("visibilitychange", take); // a page that was hidden has lost it
