import { MemoryLockManager } from "../../../src/core/locks/memory-lock-manager.ts";
import { MemoryStorage } from "../../../src/core/storages/memory-storage.ts";
import { decodeHead } from "../../../src/core/record/record-format.ts";
import type { JobScheduler } from "../../../src/core/deferred/job-scheduler.ts";
import { isRepriseError, LockTimeoutError, RecordNotFoundError } from "../../../src/errors/index.ts";
import type { Fetch } from "../../../src/http/requests/http-options.ts";
import {
  fromSegment,
  headers,
  metadataToJson,
  problemMediaType,
  quoteEtag,
  recordMediaType,
  toProblem,
} from "../../../src/http/requests/protocol.ts";

/**
 * As much of the HTTP API as a store needs, in this page, with a plug that can be pulled. The Worker itself is tested
 * against its clients in workerd.
 */
export class EdgeInPage {
  readonly records = new MemoryStorage();
  readonly locks = new MemoryLockManager();
  readonly url = "http://localhost:1/edge";
  readonly requests: string[] = [];
  /** Runs what is deferred to it. */
  scheduler: JobScheduler | undefined;
  isUp = true;
  /** Answers about deferred calls that were under way when the plug was pulled. */
  lostAnswers = 0;

  readonly fetch: Fetch = async (url, init) => {
    const request = new Request(url, init);
    if (!this.isUp) throw new TypeError("Failed to fetch");
    const [, kind, segment = "", action = ""] = new URL(url).pathname.replace("/edge/v1", "").split("/");
    this.requests.push(`${request.method} ${kind}${action && ` ${action}`}`);
    try {
      const key = fromSegment(segment);
      if (kind === "deferred") return await this.#deferred(key, request);
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
    if (request.method === "HEAD") {
      const metadata = JSON.stringify(metadataToJson(decodeHead(found.bytes, key)));
      return new Response(null, {
        headers: { etag: quoteEtag(found.etag), [headers.metadata]: encodeURIComponent(metadata) },
      });
    }
    const told = { etag: quoteEtag(found.etag), "content-type": recordMediaType, [headers.consistency]: "strong" };
    return new Response(found.bytes as Uint8Array<ArrayBuffer>, { headers: told });
  }

  async #deferred(key: string, request: Request): Promise<Response> {
    const { searchParams } = new URL(request.url);
    if (request.method === "POST") {
      const parameters = new Uint8Array(await request.arrayBuffer());
      return Response.json(await this.scheduler!.submit({ task: searchParams.get("task")!, key, parameters }));
    }
    const status = await this.scheduler!.inspect(key, { wait: Number(searchParams.get("wait")) });
    // its answer is lost with the connection
    if (!this.isUp) {
      this.lostAnswers++;
      throw new TypeError("Failed to fetch");
    }
    if (!status) throw new RecordNotFoundError("There is none", { key });
    return Response.json(status);
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
