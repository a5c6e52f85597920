(* hot-reload -- answers are tried until a verifier accepts one, or K were rejected.

   Source: rules, the claim that rejecting and reloading makes a model comply.
   Assumes: independent tries, good with probability 0 < a < 1; a bad one is accepted with
   probability 0 <= beta < 1, a good one rejected with probability 0 <= gamma < 1. A run is the list
   of its K tries; its chance is the product of theirs; its answer is the first accepted try.

   Proved: the chance of an answer (answered_chance), of a good one given any (answer_quality), of a
   bad one (wrong_chance); checked answers are better than tries exactly if beta + gamma < 1
   (verified_quality); a better generator gives answers that are no worse, better exactly if
   beta > 0 (better_quality), and more of them exactly if beta + gamma < 1 (better_answers); one try
   more makes a bad answer likelier (wrong_grows). *)
Require Import Reals Lra Lia List Bool.
From Locality Require Import Functions Bounds Sums.
Import ListNotations.
Open Scope R_scope.

(* ---- tries and runs ---- *)

(* a try: is it good, is it accepted *)
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
Definition run_chance (a beta gamma : R) (run : list (bool * bool)) : R :=
  fold_right Rmult 1 (map (chance a beta gamma) run).
Definition event_chance (a beta gamma : R) (K : nat) (event : list (bool * bool) -> bool) : R :=
  sum (run_chance a beta gamma) (filter event (runs K)).

(* whether the first accepted try is of a kind *)
Definition emits (kind : bool * bool -> bool) (run : list (bool * bool)) : bool :=
  match find snd run with Some try => kind try | None => false end.

Definition any (_ : bool * bool) : bool := true.
Definition bad (try : bool * bool) : bool := negb (fst try).

(* ---- sums over runs ---- *)

Lemma sum_filter {K} (f : K -> R) (event : K -> bool) keys :
  sum f (filter event keys) = sum (fun k => if event k then f k else 0) keys.
Proof.
  induction keys as [| k keys IH]; [reflexivity |]. simpl filter. rewrite (sum_cons _ k keys).
  destruct (event k); [rewrite sum_cons |]; rewrite IH; ring.
Qed.

Lemma sum_map {K I} (f : K -> R) (g : I -> K) keys :
  sum f (map g keys) = sum (fun i => f (g i)) keys.
Proof. unfold sum. now rewrite map_map. Qed.

Lemma sum_runs (f : list (bool * bool) -> R) K :
  sum f (runs (S K)) = sum (fun try => sum (fun run => f (try :: run)) (runs K)) outcomes.
Proof.
  cbn [runs]. unfold outcomes. cbn [flat_map].
  rewrite !sum_app, !sum_map, !sum_cons, !sum_nil. ring.
Qed.

Section Chances.
Context (a beta gamma : R).

Let rejected := a * gamma + (1 - a) * (1 - beta).
Let accepted (kind : bool * bool -> bool) : R :=
  sum (fun try => if snd try && kind try then chance a beta gamma try else 0) outcomes.

Lemma run_chance_cons try run :
  run_chance a beta gamma (try :: run) = chance a beta gamma try * run_chance a beta gamma run.
Proof. reflexivity. Qed.

Lemma runs_total K : sum (run_chance a beta gamma) (runs K) = 1.
Proof.
  induction K as [| K IH]; [cbn; ring |]. rewrite sum_runs.
  rewrite (sum_ext _ (chance a beta gamma)).
  - unfold outcomes. rewrite !sum_cons, sum_nil. unfold chance. ring.
  - intros try _. unfold run_chance in *. simpl.
    rewrite (sum_scale (chance a beta gamma try)), IH. ring.
Qed.

(* the first try is accepted, or it is rejected and the others remain *)
Lemma event_chance_step kind K :
  event_chance a beta gamma (S K) (emits kind)
  = accepted kind + rejected * event_chance a beta gamma K (emits kind).
Proof.
  unfold event_chance, accepted. rewrite !sum_filter, sum_runs.
  set (rest := sum (fun run => if emits kind run then run_chance a beta gamma run else 0) (runs K)).
  rewrite (sum_ext _ (fun try => (if snd try && kind try then chance a beta gamma try else 0)
                                 + (if snd try then 0 else chance a beta gamma try) * rest)).
  - rewrite sum_plus, sum_scale_r. f_equal. f_equal. unfold outcomes, rejected.
    rewrite !sum_cons, sum_nil. simpl. ring.
  - intros try _. destruct (snd try) eqn:E; simpl andb.
    + unfold emits. simpl find. rewrite E. destruct (kind try).
      * rewrite (sum_ext _ (fun run => chance a beta gamma try * run_chance a beta gamma run))
          by (intros; reflexivity).
        rewrite sum_scale, runs_total. ring.
      * rewrite sum_const. ring.
    + unfold rest. rewrite Rplus_0_l, <- sum_scale. apply sum_ext. intros run _. unfold emits.
      simpl find. rewrite E, run_chance_cons.
      destruct (find snd run) as [first |]; [destruct (kind first) |]; ring.
Qed.

Lemma event_chance_sum kind K :
  (1 - rejected) * event_chance a beta gamma K (emits kind)
  = accepted kind * (1 - rejected ^ K).
Proof.
  induction K as [| K IH].
  - unfold event_chance. cbn. ring.
  - rewrite event_chance_step, Rmult_plus_distr_l.
    replace ((1 - rejected) * (rejected * event_chance a beta gamma K (emits kind)))
      with (rejected * ((1 - rejected) * event_chance a beta gamma K (emits kind))) by ring.
    rewrite IH. simpl pow. ring.
Qed.

Lemma accepted_any : accepted any = a * (1 - gamma) + (1 - a) * beta.
Proof. unfold accepted, outcomes. rewrite !sum_cons, sum_nil. simpl. ring. Qed.

Lemma accepted_good : accepted fst = a * (1 - gamma).
Proof. unfold accepted, outcomes. rewrite !sum_cons, sum_nil. simpl. ring. Qed.

Lemma accepted_bad : accepted bad = (1 - a) * beta.
Proof. unfold accepted, outcomes. rewrite !sum_cons, sum_nil. simpl. ring. Qed.

Lemma rejected_eq : rejected = 1 - accepted any.
Proof. rewrite accepted_any. unfold rejected. ring. Qed.

Section Rates.
Context (proposals : 0 < a < 1) (verifier : 0 <= beta < 1 /\ 0 <= gamma < 1).

Lemma accepted_pos : 0 < accepted any.
Proof. rewrite accepted_any. nra. Qed.

Lemma rejected_between : 0 < rejected < 1.
Proof. pose proof accepted_pos. rewrite rejected_eq in *. rewrite accepted_any in *. nra. Qed.

Lemma chance_eq kind K :
  event_chance a beta gamma K (emits kind) = accepted kind / accepted any * (1 - rejected ^ K).
Proof.
  pose proof (event_chance_sum kind K) as E. pose proof accepted_pos.
  replace (1 - rejected) with (accepted any) in E by (rewrite rejected_eq; ring).
  apply Rmult_eq_reg_l with (accepted any); [rewrite E; field |]; lra.
Qed.

Lemma hot_reload_bound_eq (K : nat) :
  hot_reload_bound a beta gamma (INR K) = 1 - rejected ^ K.
Proof.
  pose proof accepted_pos as A. pose proof rejected_between as [R _].
  unfold hot_reload_bound. match goal with |- context [softplus (ln ?p - ln ?q)] =>
    replace p with (accepted any) by (rewrite accepted_any; ring);
    replace q with rejected by (unfold rejected; ring) end.
  unfold fall, softplus. rewrite <- ln_quotient by assumption.
  rewrite exp_ln by now apply Rdiv_lt_0_compat.
  replace (1 + accepted any / rejected) with (/ rejected) by (rewrite rejected_eq in *; field; lra).
  rewrite ln_Rinv by assumption. rewrite <- Rpower_pow by assumption. unfold Rpower.
  do 2 f_equal. ring.
Qed.

Theorem answered_chance K :
  event_chance a beta gamma K (emits any) = hot_reload_bound a beta gamma (INR K).
Proof.
  rewrite hot_reload_bound_eq, chance_eq. pose proof accepted_pos. field. lra.
Qed.

Lemma answered_pos K : (1 <= K)%nat -> 0 < 1 - rejected ^ K.
Proof.
  intros L. destruct rejected_between. enough (rejected ^ K < 1) by lra.
  apply pow_lt_1_compat; [lra | lia].
Qed.

Theorem answer_quality K :
  (1 <= K)%nat ->
  event_chance a beta gamma K (emits fst) / event_chance a beta gamma K (emits any)
  = hot_reload_quality_bound a beta gamma.
Proof.
  intros L. rewrite !chance_eq. pose proof (answered_pos K L). pose proof accepted_pos as A.
  unfold hot_reload_quality_bound.
  match goal with |- _ = _ / ?p => replace p with (accepted any) by (rewrite accepted_any; ring) end.
  rewrite accepted_good. field. lra.
Qed.

Theorem wrong_chance K :
  event_chance a beta gamma K (emits bad) = hot_reload_wrong_bound a beta gamma (INR K).
Proof.
  rewrite chance_eq, <- hot_reload_bound_eq, accepted_bad, accepted_any. pose proof accepted_pos as A.
  rewrite accepted_any in A. unfold hot_reload_wrong_bound, hot_reload_bound.
  set (f := fall _). field. lra.
Qed.

Theorem wrong_grows K :
  0 < beta ->
  event_chance a beta gamma (S K) (emits bad) > event_chance a beta gamma K (emits bad).
Proof.
  intros B. rewrite !chance_eq, accepted_bad. pose proof accepted_pos as A.
  assert (0 < (1 - a) * beta / accepted any) by (apply Rdiv_lt_0_compat; nra).
  destruct rejected_between. assert (0 < rejected ^ K) by (apply pow_lt; lra).
  rewrite <- tech_pow_Rmult. apply Rmult_lt_compat_l; nra.
Qed.
End Rates.
End Chances.

(* ---- a better generator ---- *)

Lemma pow_increasing (x y : R) (K : nat) : 0 < x < y -> (1 <= K)%nat -> x ^ K < y ^ K.
Proof.
  intros L. induction K as [| K IH]; [lia |]. intros _. destruct K as [| K]; [simpl; lra |].
  specialize (IH ltac:(lia)). assert (0 < x ^ S K) by (apply pow_lt; lra).
  change (x * x ^ S K < y * y ^ S K). nra.
Qed.

Theorem better_quality (a a' beta gamma : R) :
  0 < a -> a < a' -> a' < 1 -> 0 <= beta < 1 /\ 0 <= gamma < 1 ->
  hot_reload_quality_bound a beta gamma <= hot_reload_quality_bound a' beta gamma /\
  (hot_reload_quality_bound a beta gamma < hot_reload_quality_bound a' beta gamma <-> 0 < beta).
Proof.
  intros A L A' V. unfold hot_reload_quality_bound.
  assert (D : forall b, 0 < b < 1 -> 0 < beta * (1 - b) + b * (1 - gamma)) by (intros; nra).
  pose proof (D a ltac:(lra)) as Z. pose proof (D a' ltac:(lra)) as Z'.
  assert (E : a' * (1 - gamma) / (beta * (1 - a') + a' * (1 - gamma))
              - a * (1 - gamma) / (beta * (1 - a) + a * (1 - gamma))
              = beta * ((a' - a) * (1 - gamma)
                        / ((beta * (1 - a') + a' * (1 - gamma))
                           * (beta * (1 - a) + a * (1 - gamma)))))
    by (field; lra).
  set (slope := (a' - a) * (1 - gamma) / _) in E.
  assert (0 < slope) by (apply Rdiv_lt_0_compat; nra). split; [nra |]. split; intros; nra.
Qed.

(* a verifier makes answers better than tries exactly if it rejects bad ones more often *)
Theorem verified_quality (a beta gamma : R) :
  0 < a < 1 -> 0 <= beta < 1 /\ 0 <= gamma < 1 ->
  (a < hot_reload_quality_bound a beta gamma <-> beta + gamma < 1).
Proof.
  intros A V. unfold hot_reload_quality_bound.
  assert (Z : 0 < beta * (1 - a) + a * (1 - gamma)) by nra.
  assert (E : a * (1 - gamma) / (beta * (1 - a) + a * (1 - gamma)) - a
              = (1 - (beta + gamma)) * (a * (1 - a) / (beta * (1 - a) + a * (1 - gamma))))
    by (field; lra).
  set (factor := a * (1 - a) / _) in E.
  assert (0 < factor) by (apply Rdiv_lt_0_compat; nra). split; intros; nra.
Qed.

Theorem better_answers (a a' beta gamma : R) (K : nat) :
  0 < a -> a < a' -> a' < 1 -> 0 <= beta < 1 /\ 0 <= gamma < 1 -> (1 <= K)%nat ->
  (hot_reload_bound a beta gamma (INR K) < hot_reload_bound a' beta gamma (INR K)
   <-> beta + gamma < 1) /\
  (hot_reload_bound a beta gamma (INR K) = hot_reload_bound a' beta gamma (INR K)
   <-> beta + gamma = 1).
Proof.
  intros A L A' V N. rewrite !hot_reload_bound_eq by (assumption || lra).
  pose proof (rejected_between a beta gamma ltac:(lra) V) as R.
  pose proof (rejected_between a' beta gamma ltac:(lra) V) as R'.
  set (r := a * gamma + (1 - a) * (1 - beta)) in *.
  set (r' := a' * gamma + (1 - a') * (1 - beta)) in *.
  assert (E : r - r' = (a' - a) * (1 - (beta + gamma))) by (unfold r, r'; ring).
  destruct (Rtotal_order (beta + gamma) 1) as [S | [S | S]].
  - assert (r' < r) by nra. pose proof (pow_increasing r' r K ltac:(lra) N). split; split; intros; lra.
  - assert (r' = r) as -> by nra. split; split; intros; lra.
  - assert (r < r') by nra. pose proof (pow_increasing r r' K ltac:(lra) N). split; split; intros; lra.
Qed.
