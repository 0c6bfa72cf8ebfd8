// Prints the counts of a run from vitest's JSON report: node scripts/count-tests.mjs REPORT TEST_EXIT_CODE CHECK_EXIT_CODE
import { readFileSync } from "node:fs";
import process from "node:process";

const [reportPath = "", testCode, checkCode] = process.argv.slice(2);

/** @typedef {{ status: string, assertionResults: { status: string }[] }} FileResult */
/** @typedef {{ numPassedTests: number, numFailedTests: number, numPendingTests: number, testResults: FileResult[] }} Report */

/** @returns {Report} vitest's report; an empty one when the run ended before it could write any */
function readReport() {
  try {
    return JSON.parse(readFileSync(reportPath, "utf8"));
  } catch {
    return { numPassedTests: 0, numFailedTests: 0, numPendingTests: 0, testResults: [] };
  }
}

const { numPassedTests, numFailedTests, numPendingTests, testResults } = readReport();
// Files that failed without a test of theirs that did: they could not be loaded or set up.
const brokenFiles = testResults.filter(
  ({ status, assertionResults }) => status === "failed" && assertionResults.every((test) => test.status !== "failed"),
);
let failed = numFailedTests + brokenFiles.length;
// An error outside of any test fails the run too, and a run that failed must not read as one without failures.
if (testCode !== "0" && failed === 0) failed = 1;
if (checkCode !== "0") {
  console.log("npm run check failed, and counts as one failure.");
  failed += 1;
}
const skipped = numPendingTests > 0 ? `, ${numPendingTests} skipped` : "";
console.log(`${numPassedTests} passed, ${failed} failed${skipped}`);
