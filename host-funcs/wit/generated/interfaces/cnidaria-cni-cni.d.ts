/// <reference path="./cnidaria-cni-types.d.ts" />
declare module 'cnidaria:cni/cni@0.3.0' {
  /**
   * Attaches the container. On an error the host undoes every change that was made through host functions.
   */
  export function add(at: Attachment, config: string): CniResult;
  /**
   * Answers an error if the attachment is not as `prev-result` says.
   */
  export function check(at: Attachment, config: string): void;
  /**
   * Detaches. Succeeds where nothing is left to do.
   */
  export function del(at: Attachment, config: string): void;
  /**
   * Removes what belongs to this network and to none of the attachments in `valid`.
   */
  export function gc(network: string, config: string, valid: Array<AttachmentId>): void;
  /**
   * Answers an error if an ADD would fail now.
   */
  export function status(network: string, config: string): void;
  export type Attachment = import('cnidaria:cni/types@0.3.0').Attachment;
  export type AttachmentId = import('cnidaria:cni/types@0.3.0').AttachmentId;
  export type CniResult = import('cnidaria:cni/types@0.3.0').CniResult;
  export type CniError = import('cnidaria:cni/types@0.3.0').CniError;
}
