// The landing page: from a typed code to its page.

document.querySelector("#join").addEventListener("submit", (event) => {
  event.preventDefault();
  const code = document.querySelector("#code").value.trim();
  if (code) location.assign(`/listen/${encodeURIComponent(code)}`);
});
