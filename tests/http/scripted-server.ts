import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

/** A request as it arrived, body included. */
export interface Received {
  readonly method: string;
  readonly url: string;
  readonly headers: IncomingMessage["headers"];
  readonly body: Buffer;
}

/** What the server does with a request. */
export type Act = (response: ServerResponse, request: Received) => void | Promise<void>;

/** A real server that does to its clients what a test says: request by request, the last act for all that follow. */
export class ScriptedServer implements AsyncDisposable {
  readonly received: Received[] = [];
  readonly #server: Server;
  #acts: Act[] = [];

  private constructor(server: Server) {
    this.#server = server;
  }

  static async start(...acts: Act[]): Promise<ScriptedServer> {
    const server = createServer((request, response) => void scripted.#answer(request, response));
    const scripted = new ScriptedServer(server);
    scripted.play(...acts);
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    return scripted;
  }

  play(...acts: Act[]): void {
    this.#acts = acts;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  /** No more connections, and none of those there are. */
  async stop(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const { method = "", url = "", headers } = request;
    const received = { method, url, headers, body: Buffer.concat(chunks) };
    this.received.push(received);
    const act = this.#acts.length > 1 ? this.#acts.shift() : this.#acts[0];
    await act?.(response, received);
  }
}

export function answer(status: number, headers: Record<string, string> = {}, body: string | Uint8Array = ""): Act {
  return (response) => void response.writeHead(status, headers).end(body);
}

export function problem(status: number, code: string, detail = "so it is"): Act {
  const body = JSON.stringify({ type: "about:blank", title: "No", status, code, detail });
  return answer(status, { "content-type": "application/problem+json" }, body);
}

/** A problem with the status 200, as for clients that accept it. */
export function outcomeOf(status: number, code: string, detail = "so it is"): Act {
  const body = JSON.stringify({ type: "about:blank", title: "No", status, code, detail });
  return answer(200, { "content-type": "application/vnd.reprise.outcome+json" }, body);
}

export function json(value: unknown): Act {
  return answer(200, { "content-type": "application/json" }, JSON.stringify(value));
}

/** What a proxy says. */
export function page(status: number, headers: Record<string, string> = {}): Act {
  return answer(status, { "content-type": "text/html; charset=utf-8", ...headers }, "<h1>Sorry</h1>");
}

/** Closes the connection without an answer: whatever was asked, its outcome isn't known. */
export const hangUp: Act = (response) => void response.socket?.destroy();

/** Never answers. */
export const stall: Act = () => {};
