/** The version in package.json, written into records; a test holds the two together. */
export const libraryVersion = "0.1.0";
