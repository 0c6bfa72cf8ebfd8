export const key = "map";
export const bytesOfRecord = 2 ** 20;
