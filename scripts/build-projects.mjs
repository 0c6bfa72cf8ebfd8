/**
 * What `npm run build` compiles, in order: the second one overwrites the modules of src that the first one needed, with
 * types that know the DOM.
 */
export const buildProjects = ["workers/tsconfig.build.json", "tsconfig.json"];
