/** The stored parts of an `ImageData`, a class that the types of Workers lack. */
export interface ImageParts {
  readonly data: ArrayBufferView;
  readonly width: number;
  readonly height: number;
  readonly colorSpace: string;
  readonly pixelFormat?: unknown;
}
