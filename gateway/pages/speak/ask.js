// Questions that are answered by a button only.

/** Opens a dialog, whose `returnValue` is then the answer: in some browsers Escape leaves that of the last time in it. */
export function ask(dialog) {
  dialog.returnValue = "";
  dialog.showModal();
}
