// Dialogs: how they are opened, and that a tap beside them closes them.

/** Opens one, whose `returnValue` is then the answer: in some browsers Escape leaves that of the last time in it. */
export function openDialog(dialog) {
  dialog.returnValue = "";
  dialog.showModal();
}

/** A click on the backdrop is one on the dialog itself, outside its box. */
export function closesBeside(sheet) {
  sheet.addEventListener("click", (event) => {
    const { left, right, top, bottom } = sheet.getBoundingClientRect();
    const inside = event.clientX >= left && event.clientX <= right && event.clientY >= top && event.clientY <= bottom;
    if (event.target === sheet && !inside) sheet.close();
  });
}
