// Prints the counts of runs from vitest's JSON reports: node scripts/count-tests.mjs CHECK_EXIT_CODE [REPORT EXIT_CODE]...
import { readFileSync } from "node:fs";
import process from "node:process";

const [checkCode, ...runs] = process.argv.slice(2);

/** @typedef {{ status: string, assertionResults: { status: string }[] }} FileResult */
/** @typedef {{ numPassedTests: number, numFailedTests: number, numPendingTests: number, testResults: FileResult[] }} Report */

/**
 * @param {string} path
 * @returns {Report} vitest's report; an empty one when the run ended before it could write any
 */
function readReport(path) {
  try {
    return JSON.parse(readFileSync(path, "utf8"));
  } catch {
    return { numPassedTests: 0, numFailedTests: 0, numPendingTests: 0, testResults: [] };
  }
}

const total = { passed: 0, failed: 0, skipped: 0 };
for (let i = 0; i < runs.length; i += 2) {
  const { numPassedTests, numFailedTests, numPendingTests, testResults } = readReport(runs[i] ?? "");
  // Files that failed without a test of theirs that did: they could not be loaded or set up.
  const brokenFiles = testResults.filter(
    ({ status, assertionResults }) => status === "failed" && assertionResults.every((test) => test.status !== "failed"),
  );
  const failed = numFailedTests + brokenFiles.length;
  total.passed += numPassedTests;
  total.skipped += numPendingTests;
  // An error outside of any test fails the run too, and a run that failed must not read as one without failures.
  total.failed += failed === 0 && runs[i + 1] !== "0" ? 1 : failed;
}
if (checkCode !== "0") {
  console.log("npm run check failed, and counts as one failure.");
  total.failed += 1;
}
const skipped = total.skipped > 0 ? `, ${total.skipped} skipped` : "";
console.log(`${total.passed} passed, ${total.failed} failed${skipped}`);
