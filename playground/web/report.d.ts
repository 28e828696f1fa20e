// The JSON of restamp's reports, as far as the page reads it: docs/schema/*.json.

export interface At { path: string; line: number; column: number }
export interface Name { kind: string; namespace: string; name: string; template?: string }

export interface Finding {
  id: string;
  severity: "error" | "warning" | "info";
  message: string;
  remedy?: string;
  path?: string;
  line?: number;
  column?: number;
  endLine?: number;
  endColumn?: number;
  related?: { path: string; line?: number; column?: number; label: string }[];
}
export interface Findings {
  version: string;
  summary: { stamped?: number; removed?: number; current: number; kept: number; nothingToHash: number; errors: number; warnings: number; infos: number };
  findings: Finding[];
  omitted?: Record<string, number>;
}

export interface Remark { id: string; text: string; holds: boolean }
export interface Reference {
  config: Name;
  place: string;
  field: string;
  at: At;
  configAt: At | null;
  optional: boolean;
  keys: string[] | null;
  missingKeys: string[];
  selected: boolean;
  why: string;
  update: string;
}
export interface Entry extends Name {
  at: At;
  status: string;
  reason: string;
  leftAlone?: string;
  stamp: { current: string | null; due: string | null };
  references: Reference[];
  byAnnotation: { config: Name; configAt: At; why: string }[];
  lists: { list: string; at: At; kind: string; entry: string; cameTo: string }[];
  findings: { severity: Finding["severity"]; message: string; at?: At }[];
  remarks: Remark[];
}
export interface Explanation {
  annotation: string;
  workloads: Entry[];
  configs: (Name & { at: At; keys: string[]; madeBy?: (Name & { at: At; nature: string })[] })[];
}

export interface Keys { added: string[]; removed: string[]; changed: string[] }
export interface Cause { config: Name; change: string; keys: Keys; why?: string; byStamp: boolean; byName: boolean }
export interface Change extends Name {
  at: At;
  effect: string;
  why?: string;
  stamp?: string;
  causes: Cause[];
  fields: string[];
  remarks: Remark[];
}
export interface ConfigChange extends Name {
  at: At;
  change: string;
  renamedFrom?: string;
  makes?: Name[];
  keys: Keys;
  refused: boolean;
  needed: boolean;
  rolls: Name[];
  doesNotRoll: { workload: Name; why: string; sees: string }[];
}
export interface Plan {
  summary: { rolls: number; held: number; configsChanged: number };
  sets: { compared: string }[];
  rolls: Change[];
  noRollout: Change[];
  configs: ConfigChange[];
  newWorkloads: (Name & { at: At })[];
  goneWorkloads: (Name & { at: At })[];
  unseen: (Name & { users: Name[] })[];
  findings: { message?: string }[];
  notes: { id: string; text: string }[];
}
