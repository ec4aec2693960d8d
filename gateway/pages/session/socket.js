// The browser's socket to the gateway, and the binary frames on it.

/** Opens a socket; `ticket` is a one-use ticket, or nothing where none is needed. */
export function browserSocket(url, ticket) {
  const socket = new WebSocket(url, ["dragoman.v1", ...(ticket ? [`ticket.${ticket}`] : [])]);
  socket.binaryType = "arraybuffer";
  return socket;
}

/** A binary frame: u32 length of the JSON, the JSON, the encoded audio. */
export function unframed(buffer) {
  const length = new DataView(buffer).getUint32(0);
  const header = JSON.parse(new TextDecoder().decode(new Uint8Array(buffer, 4, length)));
  return [header, new Uint8Array(buffer, 4 + length)];
}
