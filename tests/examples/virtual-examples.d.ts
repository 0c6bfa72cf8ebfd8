declare module "virtual:examples/*" {
  const examples: { name: string; load(): Promise<{ run(): Promise<void> }> }[];
  export default examples;
}
