import { DurableObject } from "cloudflare:workers";

export class ResultLock extends DurableObject {}
