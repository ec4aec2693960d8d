// How a file that the gateway gives is called: title, day and language. No DOM.

/** The name in the head of a response, or undefined. */
export function nameOf(response) {
  const [, name] = /filename\*=UTF-8''([^;]+)/.exec(response.headers.get("Content-Disposition")) ?? [];
  return name && decodeURIComponent(name);
}
