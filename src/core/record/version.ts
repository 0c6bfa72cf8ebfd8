/** The version in package.json, which is written into records. A test keeps the two equal. */
export const libraryVersion = "0.1.0";
