import { MemoryLockManager } from "../../src/core/memory-lock-manager.ts";
import { MemoryStorage } from "../../src/core/memory-storage.ts";
import { decodeHead } from "../../src/core/record-format.ts";
import { isRepriseError, LockTimeoutError, RecordNotFoundError } from "../../src/errors/index.ts";
import type { Fetch } from "../../src/http/http-options.ts";
import {
  fromSegment,
  headers,
  problemMediaType,
  quoteEtag,
  recordMediaType,
  toProblem,
} from "../../src/http/protocol.ts";

/**
 * As much of the HTTP API as a store needs, in this page, with a plug that can be pulled. The Worker itself is tested
 * against its clients in workerd.
 */
export class EdgeInPage {
  readonly records = new MemoryStorage();
  readonly locks = new MemoryLockManager();
  readonly url = "http://localhost:1/edge";
  readonly requests: string[] = [];
  isUp = true;

  readonly fetch: Fetch = async (url, init) => {
    const request = new Request(url, init);
    if (!this.isUp) throw new TypeError("Failed to fetch");
    const [, kind, segment = "", action = ""] = new URL(url).pathname.replace("/edge/v1", "").split("/");
    this.requests.push(`${request.method} ${kind}${action && ` ${action}`}`);
    try {
      const key = fromSegment(segment);
      return await (kind === "locks" ? this.#lock(key, action, request) : this.#record(key, request));
    } catch (error) {
      if (!isRepriseError(error)) throw error;
      const problem = toProblem(error);
      return new Response(JSON.stringify(problem), {
        status: problem.status,
        headers: { "content-type": problemMediaType },
      });
    }
  };

  async #record(key: string, request: Request): Promise<Response> {
    if (request.method === "PUT") {
      const bytes = new Uint8Array(await request.arrayBuffer());
      const { etag } = await this.records.write(key, bytes, { metadata: decodeHead(bytes, key) });
      return new Response(null, { status: 204, headers: { etag: quoteEtag(etag) } });
    }
    const found = await this.records.read(key);
    if (!found) throw new RecordNotFoundError("There is none", { key });
    if (request.method === "DELETE") {
      await this.records.delete(key);
      return new Response(null, { status: 204 });
    }
    const told = { etag: quoteEtag(found.etag), "content-type": recordMediaType, [headers.consistency]: "strong" };
    return new Response(found.bytes as Uint8Array<ArrayBuffer>, { headers: told });
  }

  async #lock(key: string, action: string, request: Request): Promise<Response> {
    const { searchParams } = new URL(request.url);
    if (action === "wait") await this.locks.waitForLock(key, { timeout: Number(searchParams.get("timeout")) });
    if (request.method === "GET") {
      const isHolder = await this.locks.isLockHolder(key, searchParams.get("holder") ?? "");
      return Response.json({ isLocked: await this.locks.isLocked(key), isHolder, isLastHolder: isHolder });
    }
    const { holder, holdTimeout, wait } = (await request.json()) as {
      holder: string;
      holdTimeout: number;
      wait: number;
    };
    if (action === "release") {
      await this.locks.releaseLock(key, holder);
      return new Response(null, { status: 204 });
    }
    const grant =
      action === "renew"
        ? await this.locks.renewLock(key, holder, holdTimeout)
        : await this.locks.acquireLock(key, holder, { holdTimeout, acquireTimeout: wait });
    if (!grant) throw new LockTimeoutError("Another has it", { key });
    const { token, takenOver } = grant;
    return Response.json({ token, takenOver, expiresIn: holdTimeout, isConfirmed: true });
  }
}
