(* The headlines on rules, restated with library definitions and the words of Statements.v. *)
Require Import Reals List.
From Locality Require Import Functions Bounds Statements.
From Locality Require RuleInjection HotReload.
Import ListNotations.
Open Scope R_scope.

(* ---- rule-injection ---- *)

(* The visible keys are old ones and, marked by `P`, those of the rule. Without the rule there are
   the old ones alone, `others P keys`, with the same scores and values. *)

Definition log_weight {K} (keys : list K) (s : K -> R) (tau : R) : R :=
  ln (total (fun k => exp (s k / tau)) keys).

Theorem headline_rule_injection {K} (keys : list K) (P : K -> bool) (s : K -> R) (tau Delta : R)
    (sizes : both_present P keys) (temperature : 0 < tau) (margin : leads_by keys P s Delta) :
  fidelity keys P s tau
  >= rule_injection_bound (count (relevant P keys)) (count (others P keys)) (Delta / tau).
Proof. destruct sizes. now apply RuleInjection.share_ge_bound. Qed.

Theorem headline_rule_injection_sharp {K} (keys : list K) (P : K -> bool) (s : K -> R)
    (tau Delta : R) (sizes : both_present P keys) (temperature : 0 < tau)
    (margin : leads_by keys P s Delta) :
  fidelity keys P s tau
  = rule_injection_bound (count (relevant P keys)) (count (others P keys)) (Delta / tau)
  <-> two_level keys P s Delta.
Proof. destruct sizes. now apply RuleInjection.share_eq_bound_iff. Qed.

(* how far the distribution moves: the rule's share, known from both sets' weights *)
Theorem headline_rule_injection_variation {K} (keys : list K) (P : K -> bool) (s : K -> R)
    (tau : R) (sizes : both_present P keys) :
  let share :=
    rule_injection_variation_bound (log_weight (relevant P keys) s tau)
      (log_weight (others P keys) s tau) in
  fidelity keys P s tau = share /\
  total_variation keys (attention keys s tau)
    (fun k => if P k then 0 else attention (others P keys) s tau k) = share.
Proof.
  destruct sizes. split;
    [now apply RuleInjection.share_eq_sigmoid | now apply RuleInjection.injection_variation].
Qed.

(* how far the output moves, each component v of the values *)
Theorem headline_rule_injection_shift {K} (keys : list K) (P : K -> bool) (s : K -> R) (tau : R)
    (v : K -> R) (sizes : both_present P keys) :
  mean keys s tau v - mean (others P keys) s tau v
  = rule_injection_shift_bound (log_weight (relevant P keys) s tau)
      (log_weight (others P keys) s tau)
      (mean (relevant P keys) s tau v) (mean (others P keys) s tau v).
Proof. destruct sizes. now apply RuleInjection.injection_shift. Qed.

(* the old keys' attention over its own sum is what it was before *)
Theorem headline_rule_injection_removal {K} (keys : list K) (P : K -> bool) (s : K -> R) (tau : R)
    (k : K) (sizes : both_present P keys) (visible : In k keys) (old : P k = false) :
  attention keys s tau k / total (attention keys s tau) (others P keys)
  = attention (others P keys) s tau k.
Proof. destruct sizes. now apply RuleInjection.removal_restores. Qed.

(* A second operation, over the old keys alone, reads what each old key k saw in the first, where
   its scores were s k. It does not read what it would have read without the rule. *)
Theorem headline_rule_injection_boundary {K} (keys : list K) (P : K -> bool) (s : K -> K -> R)
    (t v : K -> R) (tau : R) (sizes : both_present P keys)
    (says : forall k, In k keys -> P k = false ->
       mean (relevant P keys) (s k) tau v > mean (others P keys) (s k) tau v) :
  mean (others P keys) t tau (fun k => mean keys (s k) tau v)
  > mean (others P keys) t tau (fun k => mean (others P keys) (s k) tau v).
Proof. destruct sizes. now apply RuleInjection.removal_fails_in_depth. Qed.

(* ---- hot-reload ---- *)

(* A try is a pair: is it good, is it accepted. A run is the list of K tries. *)
Definition chance (a beta gamma : R) (try : bool * bool) : R :=
  match try with
  | (true, true) => a * (1 - gamma)
  | (true, false) => a * gamma
  | (false, true) => (1 - a) * beta
  | (false, false) => (1 - a) * (1 - beta)
  end.
Definition outcomes : list (bool * bool) :=
  [(true, true); (true, false); (false, true); (false, false)].
Fixpoint runs (K : nat) : list (list (bool * bool)) :=
  match K with
  | O => [[]]
  | S K => flat_map (fun try => map (cons try) (runs K)) outcomes
  end.

(* independent tries: the chance of a run is the product of theirs *)
Definition event_chance (a beta gamma : R) (K : nat) (event : list (bool * bool) -> bool) : R :=
  total (fun run => fold_right Rmult 1 (map (chance a beta gamma) run)) (filter event (runs K)).

(* the first accepted try of a run is emitted *)
Definition emits (kind : bool * bool -> bool) (run : list (bool * bool)) : bool :=
  match find snd run with Some try => kind try | None => false end.
Definition answered : list (bool * bool) -> bool := emits (fun _ => true).
Definition good_answer : list (bool * bool) -> bool := emits fst.
Definition bad_answer : list (bool * bool) -> bool := emits (fun try => negb (fst try)).

Theorem headline_hot_reload (a beta gamma : R) (K : nat) (proposals : 0 < a < 1)
    (verifier : 0 <= beta < 1 /\ 0 <= gamma < 1) :
  event_chance a beta gamma K answered = hot_reload_bound a beta gamma (INR K) /\
  hot_reload_bound a beta gamma (INR K) = 1 - (1 - (a * (1 - gamma) + (1 - a) * beta)) ^ K.
Proof.
  split; [now apply HotReload.answered_chance |].
  rewrite HotReload.hot_reload_bound_eq by assumption. do 2 f_equal. ring.
Qed.

Theorem headline_hot_reload_quality (a beta gamma : R) (K : nat) (proposals : 0 < a < 1)
    (verifier : 0 <= beta < 1 /\ 0 <= gamma < 1) (tried : (1 <= K)%nat) :
  event_chance a beta gamma K good_answer / event_chance a beta gamma K answered
  = hot_reload_quality_bound a beta gamma.
Proof. now apply HotReload.answer_quality. Qed.

Theorem headline_hot_reload_wrong (a beta gamma : R) (K : nat) (proposals : 0 < a < 1)
    (verifier : 0 <= beta < 1 /\ 0 <= gamma < 1) :
  event_chance a beta gamma K bad_answer = hot_reload_wrong_bound a beta gamma (INR K).
Proof. now apply HotReload.wrong_chance. Qed.

(* more tries are not safer *)
Theorem headline_hot_reload_boundary (a beta gamma : R) (K : nat) (proposals : 0 < a < 1)
    (verifier : 0 <= beta < 1 /\ 0 <= gamma < 1) (lenient : 0 < beta) :
  event_chance a beta gamma (S K) bad_answer > event_chance a beta gamma K bad_answer.
Proof. now apply HotReload.wrong_grows. Qed.

(* answers that were checked are better than tries exactly if good ones are rejected less often *)
Theorem headline_hot_reload_verified (a beta gamma : R) (proposals : 0 < a < 1)
    (verifier : 0 <= beta < 1 /\ 0 <= gamma < 1) :
  a < hot_reload_quality_bound a beta gamma <-> beta + gamma < 1.
Proof. now apply HotReload.verified_quality. Qed.

(* a better generator: its answers are better, strictly if a bad one can pass at all *)
Theorem headline_hot_reload_better_quality (a a' beta gamma : R)
    (better : 0 < a /\ a < a' /\ a' < 1) (verifier : 0 <= beta < 1 /\ 0 <= gamma < 1) :
  hot_reload_quality_bound a beta gamma <= hot_reload_quality_bound a' beta gamma /\
  (hot_reload_quality_bound a beta gamma < hot_reload_quality_bound a' beta gamma <-> 0 < beta).
Proof. destruct better as [A [L B]]. now apply HotReload.better_quality. Qed.

(* it answers more often exactly if beta + gamma < 1, as often if 1, less often above *)
Theorem headline_hot_reload_better_answers (a a' beta gamma : R) (K : nat)
    (better : 0 < a /\ a < a' /\ a' < 1) (verifier : 0 <= beta < 1 /\ 0 <= gamma < 1)
    (tried : (1 <= K)%nat) :
  (hot_reload_bound a beta gamma (INR K) < hot_reload_bound a' beta gamma (INR K)
   <-> beta + gamma < 1) /\
  (hot_reload_bound a beta gamma (INR K) = hot_reload_bound a' beta gamma (INR K)
   <-> beta + gamma = 1).
Proof. destruct better as [A [L B]]. now apply HotReload.better_answers. Qed.
