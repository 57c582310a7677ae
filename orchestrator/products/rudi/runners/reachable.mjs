// Ends as soon as every place answers. A cluster takes a moment to let a new pod through its
// network policies; until then it is refused, and the product gives up after a few attempts.
// Arguments: `host:port` of each place. Says which one it waits for.

import net from "node:net";

const EVERY_MS = 200;
const SAID_AFTER = 25;

function open(place) {
  const [, host, port] = place.match(/^(.*):(\d+)$/);
  return new Promise((resolve) => {
    const socket = net.connect({ host, port: Number(port), timeout: 2000 });
    const end = (found) => {
      socket.destroy();
      resolve(found);
    };
    socket.on("connect", () => end(true));
    socket.on("timeout", () => end(false));
    socket.on("error", () => end(false));
  });
}

for (const place of process.argv.slice(2)) {
  for (let attempt = 1; !(await open(place)); attempt += 1) {
    if (attempt % SAID_AFTER === 0) console.error(`${place} does not answer`);
    await new Promise((resolve) => setTimeout(resolve, EVERY_MS));
  }
}
