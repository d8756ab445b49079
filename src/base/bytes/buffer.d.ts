// Buffer's native slices, which Bun has and its types leave out: `toString` without reading an encoding's name.

interface Buffer {
  utf8Slice(start?: number, end?: number): string;
  latin1Slice(start?: number, end?: number): string;
  latin1Write(text: string, offset?: number): number;
}
