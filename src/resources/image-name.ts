/** An image as it is asked for: its name, and the digest where it is pinned to one. */
export interface ImageName {
  readonly image: string;
  readonly imageDigest: string | null;
}

export function toImageName(text: string): ImageName {
  const [image = text, imageDigest = null] = text.split('@');
  return { image, imageDigest };
}

/** Whether what stands is what is asked for; whoever asks for no digest takes any. */
export function isImageAsked(asked: string, standing: ImageName): boolean {
  const { image, imageDigest } = toImageName(asked);
  return tagged(image) === tagged(standing.image) && (imageDigest === null || imageDigest === standing.imageDigest);
}

/** `latest` is what an image without a tag means; a port of its registry is none. */
function tagged(image: string): string {
  return image.slice(image.lastIndexOf('/') + 1).includes(':') ? image : `${image}:latest`;
}
