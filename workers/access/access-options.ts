/** The options of the API that decide who may use it. */
export interface AccessOptions {
  /** The secret that signs and checks tokens. */
  readonly secret: (env: object) => string | undefined;
  /** The origins whose pages may call the API from a browser. */
  readonly allowedOrigins: "*" | readonly string[];
  /** Absent: a token is needed for every result. */
  readonly publicResults?: PublicResults | undefined;
}

/** Results that everybody may read. */
export interface PublicResults {
  readonly prefixes: readonly string[];
  /** Milliseconds. */
  readonly maxAge: number;
}

/** The secret and the variable of the Worker that decide who may use it. */
export interface AccessVariables {
  /** Signs and checks tokens; at least 32 bytes. Without it the Worker answers nobody. */
  readonly REPRISE_SECRET?: string;
  /** `"allowed on localhost"`: without a secret, the Worker still answers requests to localhost. For development. */
  readonly REPRISE_WITHOUT_TOKEN?: string;
}
