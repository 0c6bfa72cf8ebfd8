import { createConnection, createServer, type Server, type Socket } from "node:net";

/** What happens to one request on its way. */
export type Trouble =
  | { readonly type: "none" }
  /** Milliseconds until the request goes on. */
  | { readonly type: "delay"; readonly milliseconds: number }
  /** The answer comes in small pieces. */
  | { readonly type: "slow" }
  /** The request doesn't reach the Worker. */
  | { readonly type: "cut-before" }
  /** The request breaks off after some bytes. */
  | { readonly type: "cut-request"; readonly bytes: number }
  /** The Worker gets the request, and the client no answer. */
  | { readonly type: "lose-answer" }
  /** The answer breaks off after some bytes. */
  | { readonly type: "cut-answer"; readonly bytes: number }
  /** The connection is reset once the answer begins. */
  | { readonly type: "reset" }
  /** The client loses its connection, and the request reaches the Worker later on. */
  | { readonly type: "late"; readonly milliseconds: number }
  /** The request gets lost, and the connection stays open in silence. */
  | { readonly type: "silence" };

const untroubled: Trouble = { type: "none" };

/** A TCP proxy before a Worker that does to each request what `next` says. */
export class FlakyProxy {
  /** How many requests met each trouble. */
  readonly met: Partial<Record<Trouble["type"], number>> = {};
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  #next: () => Trouble = () => untroubled;

  private constructor(target: URL) {
    this.#server = createServer((client) => this.#connect(client, target));
  }

  static async start(origin: string): Promise<FlakyProxy> {
    const proxy = new FlakyProxy(new URL(origin));
    await new Promise<void>((resolve) => proxy.#server.listen(0, "127.0.0.1", resolve));
    return proxy;
  }

  get origin(): string {
    return `http://127.0.0.1:${(this.#server.address() as { port: number }).port}`;
  }

  get troubles(): number {
    return Object.entries(this.met).reduce((sum, [type, count]) => (type === "none" ? sum : sum + count), 0);
  }

  trouble(next: () => Trouble): void {
    this.#next = next;
  }

  /** Ends what is left of earlier connections, and all trouble. */
  heal(): void {
    this.#next = () => untroubled;
    for (const socket of this.#sockets) socket.destroy();
  }

  async close(): Promise<void> {
    this.heal();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  #connect(client: Socket, target: URL): void {
    const worker = createConnection({ host: target.hostname, port: Number(target.port) });
    const exchange = new Exchange(client, worker, () => {
      const trouble = this.#next();
      this.met[trouble.type] = (this.met[trouble.type] ?? 0) + 1;
      return trouble;
    });
    for (const socket of [client, worker]) {
      this.#sockets.add(socket);
      socket.on("error", () => {});
      socket.once("close", () => {
        this.#sockets.delete(socket);
        exchange.closed();
      });
    }
    client.on("data", (bytes) => exchange.request(bytes));
    worker.on("data", (bytes) => exchange.answer(bytes));
  }
}

/** A connection. Its client sends a request only after the answer to the one before, so a change of direction is a new one. */
class Exchange {
  readonly #client: Socket;
  readonly #worker: Socket;
  readonly #next: () => Trouble;
  #trouble: Trouble = untroubled;
  #isRequesting = false;
  /** Bytes of this request, or of this answer. */
  #passed = 0;
  /** The bytes go on one after the other, however long each takes. */
  #toWorker: Promise<void> = Promise.resolve();
  #toClient: Promise<void> = Promise.resolve();

  constructor(client: Socket, worker: Socket, next: () => Trouble) {
    this.#client = client;
    this.#worker = worker;
    this.#next = next;
  }

  /** One side is gone. What is on its way late needs no client. */
  closed(): void {
    if (this.#trouble.type !== "late") this.end();
  }

  end(): void {
    this.#client.destroy();
    this.#worker.destroy();
  }

  request(bytes: Uint8Array): void {
    if (!this.#isRequesting) [this.#trouble, this.#passed] = [this.#troubleOf(bytes), 0];
    const isFirst = !this.#isRequesting;
    this.#isRequesting = true;
    const trouble = this.#trouble;
    if (trouble.type === "silence") return;
    if (trouble.type === "cut-before") return this.end();
    if (trouble.type === "cut-request") {
      if (!this.#worker.destroyed) this.#worker.write(bytes.subarray(0, Math.max(0, trouble.bytes - this.#passed)));
      this.#passed += bytes.length;
      if (this.#passed >= trouble.bytes) setTimeout(() => this.end(), 1);
      return;
    }
    if (isFirst && trouble.type === "late") setTimeout(() => this.#client.destroy(), trouble.milliseconds / 2);
    const isHeldUp = isFirst && (trouble.type === "late" || trouble.type === "delay");
    this.#toWorker = this.#forward(bytes, this.#toWorker, isHeldUp ? trouble.milliseconds : 0);
  }

  /** A plain write that comes late is the last one, and nothing can tell it from one. */
  #troubleOf(bytes: Uint8Array): Trouble {
    const trouble = this.#next();
    const head = new TextDecoder().decode(bytes.subarray(0, 2_000));
    const isPlain =
      /^(PUT|DELETE|POST \S*invalidations)/.test(head) &&
      !/\r\n(reprise-lock-token|reprise-since|if-none-match):/i.test(head);
    return trouble.type === "late" && isPlain ? { type: "lose-answer" } : trouble;
  }

  answer(bytes: Uint8Array): void {
    if (this.#isRequesting) this.#passed = 0;
    this.#isRequesting = false;
    const trouble = this.#trouble;
    if (trouble.type === "lose-answer" || trouble.type === "late") return this.end();
    if (trouble.type === "reset") {
      this.#client.resetAndDestroy();
      return;
    }
    if (trouble.type === "cut-answer") {
      this.#client.write(bytes.subarray(0, Math.max(0, trouble.bytes - this.#passed)));
      this.#passed += bytes.length;
      if (this.#passed >= trouble.bytes) setTimeout(() => this.end(), 1);
      return;
    }
    this.#toClient = this.#answerAfter(bytes, this.#toClient, trouble.type === "slow");
  }

  async #forward(bytes: Uint8Array, before: Promise<void>, heldUpFor: number): Promise<void> {
    await before;
    if (heldUpFor > 0) await pause(heldUpFor);
    if (!this.#worker.destroyed) this.#worker.write(bytes);
  }

  async #answerAfter(bytes: Uint8Array, before: Promise<void>, isSlow: boolean): Promise<void> {
    await before;
    const size = isSlow ? 100 : bytes.length;
    for (let i = 0; i < bytes.length && !this.#client.destroyed; i += size) {
      this.#client.write(bytes.subarray(i, i + size));
      if (isSlow) await pause(5);
    }
  }
}

const pause = (milliseconds: number) => new Promise((resolve) => setTimeout(resolve, milliseconds));
