import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { ResultTimeoutError } from "../../src/errors/index.ts";
import { HttpClient } from "../../src/http/requests/http-client.ts";

const get = { method: "GET", path: "/v1/results" } as const;
const url = "https://edge.example";

beforeEach(() => void vi.useFakeTimers());

afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

/** A network that is there or not. */
function createNetwork() {
  const network = { isUp: true, calls: 0 };
  const fetch = async () => {
    network.calls++;
    if (!network.isUp) throw new TypeError("fetch failed");
    return new Response("1");
  };
  return { network, client: new HttpClient({ url, fetch }) };
}

/** A browser's word on its network. */
function stubOnLine(onLine: boolean): EventTarget {
  const target = new EventTarget();
  vi.stubGlobal("navigator", { onLine });
  vi.stubGlobal("addEventListener", target.addEventListener.bind(target));
  return target;
}

async function code(call: Promise<unknown>): Promise<unknown> {
  const outcome = call.then(
    () => "answered",
    (error: { code?: string }) => error.code,
  );
  await vi.runAllTimersAsync();
  return outcome;
}

const lost = "STORAGE_UNREACHABLE";

test("a server that could not be reached is left alone for a while: calls fail at once and keep the cause", async () => {
  const { network, client } = createNetwork();
  network.isUp = false;
  expect(await code(client.send(get))).toBe(lost);
  const { calls } = network;
  expect(calls).toBeGreaterThan(1);
  await expect(client.send({ ...get, key: "k" })).rejects.toMatchObject({
    code: lost,
    key: "k",
    cause: { code: lost, cause: { message: "fetch failed" } },
  });
  expect(network.calls).toBe(calls);
});

test("an abort says nothing about the server, whatever error of this library its reason is", async () => {
  const network = { isUp: true, calls: 0 };
  const controller = new AbortController();
  const reason = new ResultTimeoutError("too late");
  const hanging = new HttpClient({
    url,
    fetch: async (_, { signal } = {}) => {
      network.calls++;
      if (!network.isUp) throw new TypeError("fetch failed");
      return new Promise((_resolve, reject) => signal!.addEventListener("abort", () => reject(signal!.reason)));
    },
  });
  const waiting = hanging.send({ ...get, signal: controller.signal });
  await vi.advanceTimersByTimeAsync(1);
  network.isUp = false;
  const failing = expect(hanging.send(get)).rejects.toMatchObject({ code: lost });
  // its attempts, and less than the first call waits
  await vi.advanceTimersByTimeAsync(5_000);
  await failing;
  controller.abort(reason);
  await expect(waiting).rejects.toBe(reason);
  const { calls } = network;
  expect(await code(hanging.send(get))).toBe(lost);
  // a server that answers would be asked again
  expect(network.calls).toBe(calls + 1);
});

test("after the pause one call finds out, without trying again and again, and the others don't wait for it", async () => {
  const { network, client } = createNetwork();
  network.isUp = false;
  await code(client.send(get));
  vi.advanceTimersByTime(2_000);
  network.calls = 0;
  expect(await Promise.all([1, 2, 3].map(() => code(client.send(get))))).toEqual([lost, lost, lost]);
  expect(network.calls).toBe(1);
});

test("a call that the server was asked to wait with keeps nobody else from finding out", async () => {
  let isUp = false;
  const fetch = (path: string) => {
    if (!isUp) return Promise.reject(new TypeError("fetch failed"));
    return path.includes("wait") ? new Promise<Response>(() => {}) : Promise.resolve(new Response("1"));
  };
  const client = new HttpClient({ url, fetch });
  expect(await code(client.send(get))).toBe(lost);
  isUp = true;
  vi.advanceTimersByTime(2_000);
  const long = client.send({ ...get, path: "/v1/locks/k/wait", wait: 10_000 });
  await expect(client.send(get)).resolves.toMatchObject({ status: 200 });
  expect(await code(long)).toBe(lost);
});

test("the pauses grow up to a minute", async () => {
  const { network, client } = createNetwork();
  network.isUp = false;
  await code(client.send(get));
  network.calls = 0;
  for (let second = 0; second < 600; second++) {
    vi.advanceTimersByTime(1_000);
    await code(client.send(get));
  }
  expect(network.calls).toBeGreaterThanOrEqual(10 + 4);
  expect(network.calls).toBeLessThanOrEqual(20 + 6);
});

test("once an answer comes, calls go on as before, and the next failure begins with a short pause", async () => {
  const { network, client } = createNetwork();
  for (let round = 0; round < 6; round++) {
    network.isUp = false;
    expect(await code(client.send(get))).toBe(lost);
    network.isUp = true;
    vi.advanceTimersByTime(2_000);
    expect(await Promise.all([code(client.send(get)), code(client.send(get))])).toContain("answered");
    expect(await Promise.all([code(client.send(get)), code(client.send(get))])).toEqual(["answered", "answered"]);
  }
});

test("a refusal is a sign of life", async () => {
  let reply: () => Promise<Response> = () => Promise.reject(new TypeError("fetch failed"));
  const client = new HttpClient({ url, fetch: () => reply() });
  expect(await code(client.send(get))).toBe(lost);
  reply = async () => new Response("no", { status: 403 });
  vi.advanceTimersByTime(2_000);
  expect(await code(client.send(get))).toBe("ACCESS_DENIED");
  expect(await code(client.send(get))).toBe("ACCESS_DENIED");
});

test("a caller that gives up says nothing of the server", async () => {
  const client = new HttpClient({ url, fetch: () => new Promise(() => {}) });
  for (let call = 0; call < 2; call++) {
    const controller = new AbortController();
    const outcome = client.send({ ...get, signal: controller.signal }).catch((error: unknown) => error);
    await vi.advanceTimersByTimeAsync(1);
    controller.abort("enough");
    expect(await outcome).toBe("enough");
  }
});

test("the browser's word that it is online again ends the pause", async () => {
  const browser = stubOnLine(true);
  const { network, client } = createNetwork();
  network.isUp = false;
  expect(await code(client.send(get))).toBe(lost);
  network.isUp = true;
  expect(await code(client.send(get))).toBe(lost);
  browser.dispatchEvent(new Event("online"));
  expect(await code(client.send(get))).toBe("answered");
});

test("while the browser says that it is offline nothing is asked, and the first call after it is", async () => {
  stubOnLine(false);
  const { network, client } = createNetwork();
  await expect(client.send(get)).rejects.toMatchObject({
    code: lost,
    message: expect.stringMatching("offline") as string,
  });
  expect(network.calls).toBe(0);
  stubOnLine(true);
  expect(await code(client.send(get))).toBe("answered");
});

test("a server on this very machine is asked although the browser is offline, once", async () => {
  stubOnLine(false);
  for (const host of ["localhost:8787", "127.0.0.1:8787", "[::1]:8787", "reprise.localhost"]) {
    const fetch = vi.fn(async () => new Response("1"));
    expect(await code(new HttpClient({ url: `http://${host}`, fetch }).send(get))).toBe("answered");
    const failing = vi.fn(() => Promise.reject(new TypeError("fetch failed")));
    expect(await code(new HttpClient({ url: `http://${host}`, fetch: failing }).send(get))).toBe(lost);
    expect(failing).toHaveBeenCalledTimes(1);
  }
});
