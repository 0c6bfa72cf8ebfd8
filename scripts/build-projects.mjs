/**
 * What `npm run build` compiles, in order: the last one overwrites the modules of src that the others needed, with types
 * that know the DOM.
 */
export const buildProjects = ["workers/tsconfig.build.json", "src/cli/tsconfig.json", "tsconfig.json"];
