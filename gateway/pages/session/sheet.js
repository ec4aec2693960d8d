// Sheets that a tap beside them closes.

/** A click on the backdrop is one on the dialog itself, outside its box. */
export function closesBeside(sheet) {
  sheet.addEventListener("click", (event) => {
    const { left, right, top, bottom } = sheet.getBoundingClientRect();
    const inside = event.clientX >= left && event.clientX <= right && event.clientY >= top && event.clientY <= bottom;
    if (event.target === sheet && !inside) sheet.close();
  });
}
