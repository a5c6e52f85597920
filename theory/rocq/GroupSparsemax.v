(* group-sparsemax -- the relevant group alone decides whether it takes everything.

   Source: localist, the claim that group penalties keep attention in relevant blocks.
   Assumes: every key belongs to one group; penalties are nonnegative; theta is the multiplier of
   the problem of the relevant group alone, with its own penalty.

   Proved: weights shrunk at a threshold at which they sum to 1 beat every other distribution by
   half the squared distance (solution_better), so they are the only minimiser; a minimiser vanishes
   outside the relevant group if and only if no other group's excess over theta exceeds its penalty
   (vanishes_iff); without a penalty on the relevant group sqrt(size) times the lead plus 1 is
   enough (excess_le_enough) and is attained (excess_eq_enough); with one, the multiplier of the
   unpenalised problem is the wrong one (unpenalised_fails); a multiplier exists
   (threshold_exists). *)
Require Import Reals Lra List Bool Arith.
From Locality Require Import Functions Bounds Sums Truncation.
Import ListNotations.
Open Scope R_scope.

Lemma ramp_nonneg t : 0 <= ramp t.
Proof. apply Rmax_r. Qed.

Lemma ramp_above t : t <= ramp t.
Proof. apply Rmax_l. Qed.

Lemma ramp_case t : (0 <= t /\ ramp t = t) \/ (t <= 0 /\ ramp t = 0).
Proof.
  destruct (Rle_or_lt 0 t); [left | right]; (split; [lra |]);
    [apply Rmax_left | apply Rmax_right]; lra.
Qed.

(* how far a score exceeds the threshold, and the length of those excesses *)
Definition over {K} (z : K -> R) (theta : R) (k : K) : R := ramp (z k - theta).
Definition excess {K} (keys : list K) (z : K -> R) (theta : R) : R :=
  euclidean keys (over z theta).
Definition factor {K} (keys : list K) (z : K -> R) (lambda theta : R) : R :=
  ramp (1 - lambda / excess keys z theta).
Definition shrunk {K} (keys : list K) (z : K -> R) (lambda theta : R) (k : K) : R :=
  factor keys z lambda theta * over z theta k.

(* one group's part of what is minimised *)
Definition cost {K} (keys : list K) (z : K -> R) (lambda : R) (p : K -> R) : R :=
  sum (fun k => (p k - z k) ^ 2) keys / 2 + lambda * euclidean keys p.

Section Groups.

Context {K : Type} (groups : list nat) (keys : nat -> list K) (z : nat -> K -> R)
  (lambda : nat -> R).

Definition objective (p : nat -> K -> R) : R :=
  sum (fun g => cost (keys g) (z g) (lambda g) (p g)) groups.
Definition simplex (p : nat -> K -> R) : Prop :=
  (forall g k, In g groups -> In k (keys g) -> 0 <= p g k) /\
  sum (fun g => sum (p g) (keys g)) groups = 1.
Definition minimises (p : nat -> K -> R) : Prop :=
  simplex p /\ forall q, simplex q -> objective p <= objective q.
Definition distance2 (p q : nat -> K -> R) : R :=
  sum (fun g => sum (fun k => (q g k - p g k) ^ 2) (keys g)) groups.

End Groups.

(* ---- one group ---- *)

Lemma euclidean_ext_in {K} (keys : list K) u v :
  (forall k, In k keys -> u k = v k) -> euclidean keys u = euclidean keys v.
Proof. intros E. unfold euclidean. f_equal. apply sum_ext. intros k I. now rewrite E. Qed.

Lemma euclidean_zero {K} (keys : list K) u :
  (forall k, In k keys -> u k = 0) -> euclidean keys u = 0.
Proof.
  intros Z. unfold euclidean.
  rewrite (sum_ext _ (fun _ => 0)), sum_const, Rmult_0_r; [apply sqrt_0 |].
  intros k I. rewrite Z by assumption. ring.
Qed.

Lemma euclidean_square {K} (keys : list K) u : euclidean keys u ^ 2 = sum (fun k => u k ^ 2) keys.
Proof. unfold euclidean. apply pow2_sqrt, sum_squares_nonneg. Qed.

Lemma euclidean_pos {K} (keys : list K) u : 0 <= euclidean keys u.
Proof. apply sqrt_pos. Qed.

Lemma euclidean_scale {K} (keys : list K) a u :
  0 <= a -> euclidean keys (fun k => a * u k) = a * euclidean keys u.
Proof.
  intros A.
  rewrite (seminorm_scale _ (euclidean_seminorm keys)), Rabs_pos_eq; [reflexivity | exact A].
Qed.

Lemma cost_ext {K} (keys : list K) z lambda p q :
  (forall k, In k keys -> p k = q k) -> cost keys z lambda p = cost keys z lambda q.
Proof.
  intros E. unfold cost. rewrite (euclidean_ext_in keys p q E). f_equal. f_equal.
  apply sum_ext. intros k I. now rewrite E.
Qed.

Section OneGroup.

Context {K : Type} (keys : list K) (z : K -> R) (lambda theta : R) (penalty : 0 <= lambda).

Let e := over z theta.
Let N := excess keys z theta.
Let r := factor keys z lambda theta.

Lemma over_nonneg k : 0 <= e k.
Proof using. apply ramp_nonneg. Qed.

(* theta - z + e, what an unused key falls short by, is nonnegative and idle where e is not *)
Lemma short_nonneg k : 0 <= theta - z k + e k.
Proof using. unfold e, over. pose proof (ramp_above (z k - theta)). lra. Qed.

Lemma short_idle k : (theta - z k + e k) * e k = 0.
Proof using. unfold e, over. destruct (ramp_case (z k - theta)) as [[_ ->] | [_ ->]]; ring. Qed.

Lemma excess_square : sum (fun k => e k ^ 2) keys = N ^ 2.
Proof using. symmetry. apply euclidean_square. Qed.

Lemma factor_nonneg : 0 <= r.
Proof using. apply ramp_nonneg. Qed.

Lemma excess_nonneg : 0 <= N.
Proof using. apply euclidean_pos. Qed.

Lemma factor_facts : r <= 1 /\ (1 - r) * N <= lambda /\ r * N * ((1 - r) * N - lambda) = 0.
Proof using penalty.
  pose proof excess_nonneg as P. unfold r, factor. fold N.
  destruct (Req_dec N 0) as [Z | NZ].
  - rewrite Z. unfold Rdiv. rewrite Rinv_0, Rmult_0_r.
    destruct (ramp_case (1 - 0)) as [[_ ->] | [H _]]; lra.
  - assert (0 < N) as Q by lra.
    assert (lambda / N * N = lambda) as M by (field; lra).
    assert (0 <= lambda / N) by (apply Rmult_le_pos; [lra | left; now apply Rinv_0_lt_compat]).
    destruct (ramp_case (1 - lambda / N)) as [[S ->] | [S ->]].
    + split; [lra |]. replace ((1 - (1 - lambda / N)) * N) with lambda by lra. lra.
    + assert (1 * N <= lambda / N * N) by (apply Rmult_le_compat_r; lra).
      repeat split; try lra; ring.
Qed.

Lemma shrunk_nonneg k : 0 <= shrunk keys z lambda theta k.
Proof using. apply Rmult_le_pos; [apply factor_nonneg | apply over_nonneg]. Qed.

Lemma shrunk_length : euclidean keys (shrunk keys z lambda theta) = r * N.
Proof using. apply euclidean_scale, factor_nonneg. Qed.

(* the variational inequality of one group: its costs at theta are least at the shrunk weights *)
Lemma group_gap q :
  (forall k, In k keys -> 0 <= q k) ->
  cost keys z lambda (shrunk keys z lambda theta) + theta * sum (shrunk keys z lambda theta) keys
  + sum (fun k => (q k - shrunk keys z lambda theta k) ^ 2) keys / 2
  <= cost keys z lambda q + theta * sum q keys.
Proof using penalty.
  intros Q. destruct factor_facts as [R1 [RL RZ]].
  set (s := shrunk keys z lambda theta).
  assert (sum (fun k => (q k - z k) ^ 2 / 2 + theta * q k - (s k - z k) ^ 2 / 2 - theta * s k
                        - (q k - s k) ^ 2 / 2) keys
          = sum (fun k => - (1 - r) * (e k * q k) + (theta - z k + e k) * q k
                          + (1 - r) * r * e k ^ 2) keys) as E.
  { apply sum_ext. intros k _. change (s k) with (r * e k). pose proof (short_idle k).
    assert (r * ((theta - z k + e k) * e k) = 0) by (rewrite H; ring).
    replace ((q k - z k) ^ 2 / 2 + theta * q k - (r * e k - z k) ^ 2 / 2 - theta * (r * e k)
             - (q k - r * e k) ^ 2 / 2)
      with (- (1 - r) * (e k * q k) + (theta - z k + e k) * q k + (1 - r) * r * e k ^ 2
            - r * ((theta - z k + e k) * e k)) by field.
    lra. }
  assert (0 <= sum (fun k => (theta - z k + e k) * q k) keys) as D.
  { apply sum_nonneg. intros k I. apply Rmult_le_pos; [apply short_nonneg | auto]. }
  rewrite !sum_plus in E. rewrite !sum_scale, excess_square in E.
  pose proof (cauchy_schwarz keys e q) as C. change (euclidean keys e) with N in C.
  pose proof (euclidean_pos keys q) as QP.
  assert ((1 - r) * sum (fun k => e k * q k) keys <= lambda * euclidean keys q) as B.
  { apply Rle_trans with ((1 - r) * N * euclidean keys q).
    - rewrite Rmult_assoc. apply Rmult_le_compat_l; lra.
    - now apply Rmult_le_compat_r. }
  unfold cost. replace (euclidean keys s) with (r * N) by (symmetry; apply shrunk_length).
  rewrite !sum_minus, sum_plus in E. rewrite !sum_divide, !sum_scale in E. lra.
Qed.

(* along the excesses the cost is a parabola *)
Lemma cost_along a :
  0 <= a ->
  cost keys z lambda (fun k => a * e k)
  = sum (fun k => z k ^ 2) keys / 2 + a ^ 2 * N ^ 2 / 2 - a * N ^ 2 - a * theta * sum e keys
    + lambda * a * N.
Proof using.
  intros A. unfold cost. rewrite euclidean_scale by exact A. fold N.
  change (euclidean keys e) with N.
  rewrite (sum_ext _ (fun k => (z k ^ 2 + a ^ 2 * e k ^ 2)
                               - (2 * a * e k ^ 2 + 2 * a * theta * e k))).
  - rewrite sum_minus, !sum_plus, !sum_scale, excess_square. lra.
  - intros k _. pose proof (short_idle k). assert (z k * e k = theta * e k + e k ^ 2) by lra.
    replace ((a * e k - z k) ^ 2) with (z k ^ 2 + a ^ 2 * e k ^ 2 - 2 * a * (z k * e k)) by ring.
    rewrite H0. ring.
Qed.

Lemma cost_idle p :
  (forall k, In k keys -> p k = 0) -> cost keys z lambda p = sum (fun k => z k ^ 2) keys / 2.
Proof using.
  intros Z. unfold cost. rewrite (euclidean_zero keys p Z), Rmult_0_r, Rplus_0_r. f_equal.
  apply sum_ext. intros k I. rewrite Z by assumption. ring.
Qed.

(* a group whose excess its penalty covers is not used *)
Lemma covered_unused k : N <= lambda -> In k keys -> shrunk keys z lambda theta k = 0.
Proof using penalty.
  intros L I. destruct factor_facts as [R1 [RL RZ]]. pose proof excess_nonneg as P.
  unfold shrunk. fold r. fold e. destruct (Req_dec N 0) as [Z | NZ].
  - assert (e k ^ 2 = 0) as E0.
    { apply (sum_zero (fun k => e k ^ 2) keys); [intros; apply pow2_ge_0 | | exact I].
      rewrite excess_square, Z. ring. }
    assert (e k = 0) as -> by (apply Rsqr_0_uniq; unfold Rsqr; lra). ring.
  - assert (r = 0) as ->; [| ring].
    destruct (Req_dec r 0) as [| RN]; [assumption |]. exfalso.
    assert (0 < r) by (pose proof factor_nonneg; lra).
    assert ((1 - r) * N - lambda = 0).
    { apply Rmult_eq_reg_l with (r * N);
        [lra | apply Rmult_integral_contrapositive_currified; lra]. }
    assert (0 < r * N) by (apply Rmult_lt_0_compat; lra). lra.
Qed.

End OneGroup.

(* ---- all groups ---- *)

Theorem solution_gap {K} groups (keys : nat -> list K) z lambda theta q :
  (forall g, In g groups -> 0 <= lambda g) ->
  sum (fun g => sum (shrunk (keys g) (z g) (lambda g) theta) (keys g)) groups = 1 ->
  simplex groups keys q ->
  let p g := shrunk (keys g) (z g) (lambda g) theta in
  simplex groups keys p /\
  objective groups keys z lambda p + distance2 groups keys p q / 2
    <= objective groups keys z lambda q.
Proof.
  intros L S [Q1 Q2] p. split.
  { split; [intros; apply shrunk_nonneg | exact S]. }
  pose proof (sum_le
    (fun g => cost (keys g) (z g) (lambda g) (p g) + theta * sum (p g) (keys g)
              + sum (fun k => (q g k - p g k) ^ 2) (keys g) / 2)
    (fun g => cost (keys g) (z g) (lambda g) (q g) + theta * sum (q g) (keys g)) groups) as G.
  rewrite !sum_plus, !sum_scale, sum_divide in G. fold p in S. unfold p in S. unfold p in G.
  rewrite S, Q2 in G. unfold objective, distance2, p. 
  match type of G with ?covered -> _ => enough covered as H by (specialize (G H); lra) end.
  intros g I. apply (group_gap (keys g) (z g) (lambda g) theta (L g I) (q g)).
  intros k Ik. now apply Q1.
Qed.

Theorem solution_better {K} groups (keys : nat -> list K) z lambda theta :
  (forall g, In g groups -> 0 <= lambda g) ->
  let p g := shrunk (keys g) (z g) (lambda g) theta in
  sum (fun g => sum (p g) (keys g)) groups = 1 ->
  simplex groups keys p /\
  forall q, simplex groups keys q ->
    objective groups keys z lambda p + distance2 groups keys p q / 2
    <= objective groups keys z lambda q.
Proof.
  intros L p S. split.
  - split; [intros; apply shrunk_nonneg | exact S].
  - intros q Q. now apply solution_gap.
Qed.

Lemma distance2_nonneg {K} groups (keys : nat -> list K) p q : 0 <= distance2 groups keys p q.
Proof. apply sum_nonneg. intros. apply sum_nonneg. intros. apply pow2_ge_0. Qed.

Lemma sum_single (f : nat -> R) l g :
  NoDup l -> In g l -> (forall h, In h l -> h <> g -> f h = 0) -> sum f l = f g.
Proof.
  induction l as [| h l IH]; intros D I Z; [destruct I |].
  inversion D as [| ? ? NI D']. rewrite sum_cons. destruct I as [-> | I].
  - rewrite (sum_ext f (fun _ => 0)), sum_const; [ring |]. intros k Ik. apply Z; [now right |].
    intros ->. contradiction.
  - rewrite IH, Z; [ring | now left | | assumption | assumption |].
    + intros ->. contradiction.
    + intros k Ik. apply Z. now right.
Qed.

Section Relevant.

Context {K : Type} (block : nat) (others : list nat) (keys : nat -> list K) (z : nat -> K -> R)
  (lambda : nat -> R) (theta : R)
  (distinct : NoDup (block :: others))
  (penalties : forall g, In g (block :: others) -> 0 <= lambda g)
  (multiplier : sum (shrunk (keys block) (z block) (lambda block) theta) (keys block) = 1).

Definition vanishes (p : nat -> K -> R) : Prop :=
  forall g k, In g others -> In k (keys g) -> p g k = 0.

Let solution g := shrunk (keys g) (z g) (lambda g) theta.

Lemma covered_minimises :
  (forall g, In g others -> excess (keys g) (z g) theta <= lambda g) ->
  minimises (block :: others) keys z lambda solution /\ vanishes solution.
Proof using penalties multiplier.
  intros C.
  assert (vanishes solution) as V.
  { intros g k I Ik. apply covered_unused; auto. apply penalties. now right. }
  assert (sum (fun g => sum (solution g) (keys g)) (block :: others) = 1) as S.
  { rewrite sum_cons, (sum_ext _ (fun _ => 0) others), sum_const.
    - unfold solution. rewrite multiplier. ring.
    - intros g I. rewrite (sum_ext _ (fun _ => 0)), sum_const; [ring |]. intros k Ik. now apply V. }
  split; [| exact V]. split.
  - split; [intros; apply shrunk_nonneg | exact S].
  - intros q Q. destruct (solution_gap _ keys z lambda theta q penalties S Q) as [_ G].
    pose proof (distance2_nonneg (block :: others) keys solution q). fold solution in G. lra.
Qed.

(* a block's share t moved along the excesses of a group g *)
Definition moved (g : nat) (t : R) (h : nat) (k : K) : R :=
  if Nat.eqb h block then
    (1 - t * sum (over (z g) theta) (keys g)) * factor (keys block) (z block) (lambda block) theta
    * over (z block) theta k
  else if Nat.eqb h g then t * over (z g) theta k else 0.

Lemma moved_sum g t f :
  In g others ->
  (forall h, In h others -> h <> g -> f h (fun _ => 0) = 0) ->
  (forall h p q, (forall k, p k = q k) -> f h p = f h q) ->
  sum (fun h => f h (moved g t h)) (block :: others)
  = f block (moved g t block) + f g (fun k => t * over (z g) theta k).
Proof using distinct.
  intros I Z E. inversion distinct as [| ? ? NI D]. rewrite sum_cons. f_equal.
  rewrite (sum_single _ others g D I).
  - apply E. intros k. unfold moved. rewrite Nat.eqb_refl.
    destruct (Nat.eqb_spec g block) as [-> |]; [contradiction | reflexivity].
  - intros h Ih Nh. rewrite <- (Z h Ih Nh). apply E. intros k. unfold moved.
    destruct (Nat.eqb_spec h block) as [-> |]; [contradiction |].
    now apply Nat.eqb_neq in Nh as ->.
Qed.

Theorem uncovered_improves g p :
  In g others -> lambda g < excess (keys g) (z g) theta ->
  simplex (block :: others) keys p -> vanishes p ->
  exists q, simplex (block :: others) keys q /\
    objective (block :: others) keys z lambda q < objective (block :: others) keys z lambda p.
Proof using distinct penalties multiplier.
  intros I U [P1 P2] V.
  set (E := excess (keys g) (z g) theta) in *.
  set (T := sum (over (z g) theta) (keys g)).
  set (N := excess (keys block) (z block) theta).
  set (r := factor (keys block) (z block) (lambda block) theta).
  set (TR := sum (over (z block) theta) (keys block)).
  assert (0 <= lambda g) as LG by (apply penalties; now right).
  assert (0 <= lambda block) as LB by (apply penalties; now left).
  assert (0 <= T) as T0 by (apply sum_nonneg; intros; apply over_nonneg).
  assert (r * TR = 1) as RT by (rewrite <- multiplier; symmetry; apply sum_scale).
  assert (0 <= r) as R0 by apply factor_nonneg.
  destruct (factor_facts (keys block) (z block) (lambda block) theta LB) as [_ [_ RZ]].
  fold N r in RZ.
  set (A := N ^ 2 * r ^ 2 * T ^ 2 + E ^ 2). set (B := E * (E - lambda g)).
  assert (0 < B) as B0 by (apply Rmult_lt_0_compat; lra).
  assert (0 < A) as A0.
  { unfold A. replace (N ^ 2 * r ^ 2 * T ^ 2) with ((N * r * T) ^ 2) by ring.
    pose proof (pow2_ge_0 (N * r * T)). assert (0 < E * E) by (apply Rmult_lt_0_compat; lra). lra. }
  set (t := Rmin (/ (T + 1)) (B / A)).
  assert (0 < t) as t0.
  { apply Rmin_pos; [apply Rinv_0_lt_compat; lra |].
    apply Rmult_lt_0_compat; [lra | now apply Rinv_0_lt_compat]. }
  assert (t * (T + 1) <= 1) as t1.
  { apply Rle_trans with (/ (T + 1) * (T + 1)); [| right; field; lra].
    apply Rmult_le_compat_r; [lra | apply Rmin_l]. }
  assert (t * A <= B) as t2.
  { apply Rle_trans with (B / A * A); [| right; field; lra].
    apply Rmult_le_compat_r; [lra | apply Rmin_r]. }
  assert (0 <= t * T) as tT by (apply Rmult_le_pos; lra).
  exists (moved g t). split.
  - split.
    + intros h k _ _. unfold moved. fold T r.
      destruct (Nat.eqb h block); [| destruct (Nat.eqb h g); [| lra]];
        repeat apply Rmult_le_pos; try lra; apply over_nonneg.
    + rewrite (moved_sum g t (fun h p => sum p (keys h)) I).
      * unfold moved at 1. rewrite Nat.eqb_refl. fold T r. rewrite !sum_scale. fold TR T.
        rewrite Rmult_assoc, RT. ring.
      * intros. rewrite sum_const. ring.
      * intros. apply sum_ext. auto.
  - set (rest := fun h => sum (fun k => z h k ^ 2) (keys h) / 2).
    set (gain h p := cost (keys h) (z h) (lambda h) p - rest h).
    assert (objective (block :: others) keys z lambda p
            = sum rest (block :: others) + gain block (p block)) as OP.
    { unfold objective, gain. rewrite !sum_cons.
      rewrite (sum_ext (fun h => cost (keys h) (z h) (lambda h) (p h)) rest others); [ring |].
      intros h Ih. apply cost_idle. intros k Ik. now apply V. }
    assert (objective (block :: others) keys z lambda (moved g t)
            = sum rest (block :: others)
              + (gain block (moved g t block) + gain g (fun k => t * over (z g) theta k))) as OQ.
    { rewrite <- (moved_sum g t gain I).
      - unfold gain. rewrite sum_minus. unfold objective. ring.
      - intros h _ _. unfold gain, rest. rewrite cost_idle by reflexivity. ring.
      - intros h u v UV. unfold gain. now rewrite (cost_ext (keys h) (z h) (lambda h) u v). }
    rewrite OP, OQ. unfold gain, rest.
    assert (sum (p block) (keys block) = 1) as PB.
    { rewrite <- P2, sum_cons, (sum_ext _ (fun _ => 0) others), sum_const; [ring |].
      intros h Ih. rewrite (sum_ext _ (fun _ => 0)), sum_const; [ring |].
      intros k Ik. now apply V. }
    pose proof (group_gap (keys block) (z block) (lambda block) theta LB (p block)
      (fun k Ik => P1 block k (or_introl eq_refl) Ik)) as G.
    rewrite multiplier, PB in G.
    set (own := shrunk (keys block) (z block) (lambda block) theta) in *.
    assert (0 <= sum (fun k => (p block k - own k) ^ 2) (keys block)) as S0
      by (apply sum_nonneg; intros; apply pow2_ge_0).
    change (cost (keys block) (z block) (lambda block) own)
      with (cost (keys block) (z block) (lambda block) (fun k => r * over (z block) theta k)) in G.
    rewrite (cost_along (keys block) (z block) (lambda block) theta r R0) in G. fold N TR in G.
    rewrite (cost_along (keys g) (z g) (lambda g) theta t) by lra. fold E T.
    rewrite (cost_ext _ _ _ (moved g t block) (fun k => ((1 - t * T) * r) * over (z block) theta k))
      by (intros; unfold moved; now rewrite Nat.eqb_refl).
    rewrite cost_along by (apply Rmult_le_pos; lra). fold N TR.
    assert (0 < r) as RP.
    { destruct R0 as [| R0]; [assumption |]. rewrite <- R0 in RT. lra. }
    assert (N * ((1 - r) * N - lambda block) = 0) as NZ.
    { apply Rmult_eq_reg_l with r; [lra | lra]. }
    assert (lambda block * N = (1 - r) * N ^ 2) as LN by lra.
    set (sz := sum (fun k => z block k ^ 2) (keys block)) in *.
    replace (lambda block * ((1 - t * T) * r) * N)
      with ((1 - t * T) * r * ((1 - r) * N ^ 2)) by (rewrite <- LN; ring).
    replace (lambda block * r * N) with (r * ((1 - r) * N ^ 2)) in G by (rewrite <- LN; ring).
    replace ((1 - t * T) * r * theta * TR) with ((1 - t * T) * theta * (r * TR)) by ring.
    replace (r * theta * TR) with (theta * (r * TR)) in G by ring.
    rewrite RT in *.
    assert (0 < t * B) by (apply Rmult_lt_0_compat; lra).
    assert (t * (t * A) <= t * B) by (apply Rmult_le_compat_l; lra).
    unfold A, B in *. nra.
Qed.

Theorem vanishes_iff :
  (exists p, minimises (block :: others) keys z lambda p /\ vanishes p) <->
  (forall g, In g others -> lambda g >= excess (keys g) (z g) theta).
Proof using distinct penalties multiplier.
  split.
  - intros [p [[S M] V]] g I. apply Rle_ge, Rnot_lt_le. intros U.
    destruct (uncovered_improves g p I U S V) as [q [Q L]]. specialize (M q Q). lra.
  - intros C. exists solution. apply covered_minimises. intros g I. apply Rge_le. now apply C.
Qed.

End Relevant.

(* ---- a penalty that is enough for all scores with one lead ---- *)

Lemma ramp_le a b : a <= b -> ramp a <= ramp b.
Proof. intros L. unfold ramp. now apply Rle_max_compat_r. Qed.

Lemma term_le_sum {K} (f : K -> R) keys j :
  (forall k, In k keys -> 0 <= f k) -> In j keys -> f j <= sum f keys.
Proof.
  induction keys as [| k keys IH]; intros N I; [destruct I |]. rewrite sum_cons.
  assert (0 <= sum f keys) by (apply sum_nonneg; intros; apply N; now right).
  destruct I as [-> | I]; [lra |]. pose proof (N k (or_introl eq_refl)).
  assert (f j <= sum f keys) by (apply IH; [intros; apply N; now right | assumption]). lra.
Qed.

Lemma enough_bound_eq size lead :
  group_sparsemax_enough_bound size lead = sqrt size * ramp (lead + 1).
Proof. unfold group_sparsemax_enough_bound. f_equal. f_equal. ring. Qed.

(* an unpenalised group's threshold is at most 1 below each of its scores *)
Lemma threshold_near {K} (keys : list K) z theta j :
  sum (shrunk keys z 0 theta) keys = 1 -> In j keys -> z j - theta <= 1.
Proof.
  intros M I. apply Rle_trans with (over z theta j); [apply ramp_above |]. rewrite <- M.
  rewrite (sum_ext _ (over z theta)); [apply term_le_sum; [intros; apply over_nonneg | exact I] |].
  intros k _. unfold shrunk, factor.
  replace (1 - 0 / excess keys z theta) with 1 by (unfold Rdiv; ring).
  destruct (ramp_case 1) as [[_ ->] | [H _]]; lra.
Qed.

Lemma excess_of_level {K} (keys : list K) z theta level :
  (forall k, In k keys -> over z theta k = ramp level) ->
  excess keys z theta = sqrt (size keys) * ramp level.
Proof.
  intros E. unfold excess, euclidean.
  rewrite (sum_ext _ (fun _ => ramp level ^ 2)), sum_const by (intros k I; now rewrite E).
  rewrite sqrt_mult; [| apply pos_INR | apply pow2_ge_0].
  now rewrite sqrt_pow2 by apply ramp_nonneg.
Qed.

Theorem excess_le_enough {J K} (relevant : list J) (keys : list K) y z theta lead j :
  sum (shrunk relevant y 0 theta) relevant = 1 -> In j relevant ->
  (forall k, In k keys -> z k - y j <= lead) ->
  excess keys z theta <= group_sparsemax_enough_bound (size keys) lead.
Proof.
  intros M I L. pose proof (threshold_near relevant y theta j M I) as T. rewrite enough_bound_eq.
  rewrite <- (excess_of_level keys (fun _ => lead + 1) 0 (lead + 1)).
  2: { intros. unfold over. f_equal. ring. }
  unfold excess, euclidean. apply sqrt_le_1_alt, sum_le. intros k Ik.
  apply pow_incr. split; [apply over_nonneg |]. apply ramp_le. specialize (L k Ik). lra.
Qed.

Theorem excess_eq_enough {J K} (j : J) (keys : list K) y z theta lead :
  sum (shrunk [j] y 0 theta) [j] = 1 ->
  (forall k, In k keys -> z k - y j = lead) ->
  excess keys z theta = group_sparsemax_enough_bound (size keys) lead.
Proof.
  intros M L. rewrite enough_bound_eq. apply excess_of_level. intros k I. unfold over. f_equal.
  assert (y j - theta = 1); [| specialize (L k I); lra].
  rewrite sum_cons, sum_nil in M. unfold shrunk, factor in M.
  replace (1 - 0 / excess [j] y theta) with 1 in M by (unfold Rdiv; ring).
  destruct (ramp_case 1) as [[_ R1] | [H _]]; [| lra]. rewrite R1 in M. unfold over in M.
  destruct (ramp_case (y j - theta)) as [[_ R2] | [_ R2]]; rewrite R2 in M; lra.
Qed.

(* ---- boundary: the multiplier without the relevant group's own penalty ---- *)

Lemma excess_single z theta : theta <= z tt -> excess [tt] z theta = z tt - theta.
Proof.
  intros L. unfold excess, euclidean. rewrite sum_cons, sum_nil, Rplus_0_r. unfold over.
  destruct (ramp_case (z tt - theta)) as [[H ->] | [H ->]]; rewrite sqrt_pow2; lra.
Qed.

Lemma shrunk_single z lambda theta :
  theta < z tt -> 0 <= lambda <= z tt - theta ->
  sum (shrunk [tt] z lambda theta) [tt] = z tt - theta - lambda.
Proof.
  intros L [P H]. rewrite sum_cons, sum_nil. unfold shrunk, factor, over.
  rewrite excess_single by lra.
  assert (0 <= 1 - lambda / (z tt - theta)).
  { assert (lambda / (z tt - theta) <= 1); [| lra].
    apply Rmult_le_reg_r with (z tt - theta); [lra |].
    unfold Rdiv. rewrite Rmult_assoc, Rinv_l by lra. lra. }
  destruct (ramp_case (1 - lambda / (z tt - theta))) as [[_ ->] | [B ->]];
    destruct (ramp_case (z tt - theta)) as [[_ ->] | [C ->]]; try lra; [field; lra |].
  assert (1 - lambda / (z tt - theta) = 0) by lra.
  assert (lambda = z tt - theta); [| lra].
  apply Rmult_eq_reg_r with (/ (z tt - theta)); [| apply Rinv_neq_0_compat; lra].
  rewrite Rinv_r by lra. unfold Rdiv in *. lra.
Qed.

Theorem unpenalised_fails :
  exists (z : nat -> unit -> R) (lambda : nat -> R) (theta : R),
    let keys := fun _ : nat => [tt] in
    (forall g, 0 <= lambda g) /\ 0 < lambda 0%nat /\
    sum (shrunk (keys 0%nat) (z 0%nat) 0 theta) (keys 0%nat) = 1 /\
    lambda 1%nat >= excess (keys 1%nat) (z 1%nat) theta /\
    ~ exists p, minimises [0%nat; 1%nat] keys z lambda p /\ vanishes [1%nat] keys p.
Proof.
  exists (fun g _ => if Nat.eqb g 0 then 0 else - (1 / 2)), (fun _ => 1), (-1). intros keys.
  split; [intros; lra |]. split; [lra |]. split; [| split].
  - unfold keys. rewrite shrunk_single; simpl; lra.
  - unfold keys. rewrite excess_single; simpl; lra.
  - rewrite (vanishes_iff 0 [1%nat] keys _ _ (-2)).
    + intros C. specialize (C 1%nat (or_introl eq_refl)). unfold keys in C.
      rewrite excess_single in C by (simpl; lra). simpl in C. lra.
    + repeat constructor; simpl; intuition congruence.
    + intros; lra.
    + unfold keys. rewrite shrunk_single; simpl; lra.
Qed.

(* ---- a threshold exists: the sum of the shrunk weights is monotone and Lipschitz in it ---- *)

Lemma shrunk_monotone {K} (keys : list K) z lambda a b :
  0 <= lambda ->
  let d k := shrunk keys z lambda b k - shrunk keys z lambda a k in
  sum (fun k => d k ^ 2) keys <= (a - b) * sum d keys.
Proof.
  intros L d. unfold d. rewrite sum_minus.
  pose proof (group_gap keys z lambda a L (shrunk keys z lambda b)) as A.
  pose proof (group_gap keys z lambda b L (shrunk keys z lambda a)) as B.
  rewrite (sum_ext (fun k => (shrunk keys z lambda a k - shrunk keys z lambda b k) ^ 2)
             (fun k => (shrunk keys z lambda b k - shrunk keys z lambda a k) ^ 2)) in B
    by (intros; ring).
  specialize (A (fun k _ => shrunk_nonneg keys z lambda b k)).
  specialize (B (fun k _ => shrunk_nonneg keys z lambda a k)). lra.
Qed.

Lemma sum_square_le {K} (keys : list K) d :
  sum d keys ^ 2 <= size keys * sum (fun k => d k ^ 2) keys.
Proof.
  pose proof (cauchy_schwarz keys (fun _ => 1) d) as U.
  pose proof (cauchy_schwarz keys (fun _ => 1) (fun k => -1 * d k)) as V.
  rewrite (sum_ext _ d) in U by (intros; ring).
  rewrite (sum_ext (fun k => 1 * (-1 * d k)) (fun k => -1 * d k)), sum_scale in V by (intros; ring).
  replace (euclidean keys (fun k => -1 * d k)) with (euclidean keys d) in V
    by (unfold euclidean; f_equal; apply sum_ext; intros; ring).
  assert (size keys = euclidean keys (fun _ => 1) ^ 2) as ->.
  { rewrite euclidean_square, sum_const. ring. }
  rewrite <- euclidean_square, <- Rpow_mult_distr.
  apply pow_maj_Rabs. apply Rabs_le. lra.
Qed.

Lemma shrunk_lipschitz {K} (keys : list K) z lambda a b :
  0 <= lambda ->
  Rabs (sum (shrunk keys z lambda b) keys - sum (shrunk keys z lambda a) keys)
  <= size keys * Rabs (a - b).
Proof.
  intros L. pose proof (shrunk_monotone keys z lambda a b L) as M. cbv zeta in M.
  pose proof (sum_square_le keys
    (fun k => shrunk keys z lambda b k - shrunk keys z lambda a k)) as S.
  rewrite sum_minus in M, S. set (x := sum _ keys - sum _ keys) in *.
  assert (0 <= size keys) by apply pos_INR.
  assert (x ^ 2 <= size keys * ((a - b) * x)) as B
    by (eapply Rle_trans; [exact S | now apply Rmult_le_compat_l]).
  destruct (Req_dec x 0) as [-> | N].
  { rewrite Rabs_R0. apply Rmult_le_pos; [assumption | apply Rabs_pos]. }
  apply Rmult_le_reg_r with (Rabs x); [now apply Rabs_pos_lt |].
  rewrite Rmult_assoc, <- !Rabs_mult. rewrite Rabs_pos_eq by (rewrite <- Rsqr_pow2 in *; nra).
  pose proof (Rle_abs ((a - b) * x)). nra.
Qed.

Lemma Rabs_sum_le {I} (f : I -> R) l : Rabs (sum f l) <= sum (fun i => Rabs (f i)) l.
Proof.
  induction l as [| i l IH]; [rewrite !sum_nil, Rabs_R0; lra |].
  rewrite !sum_cons. eapply Rle_trans; [apply Rabs_triang |]. lra.
Qed.

Section Root.

Context {K : Type} (groups : list nat) (keys : nat -> list K) (z : nat -> K -> R)
  (lambda : nat -> R) (penalties : forall g, In g groups -> 0 <= lambda g).

Definition mass (theta : R) : R :=
  sum (fun g => sum (shrunk (keys g) (z g) (lambda g) theta) (keys g)) groups.

Lemma mass_lipschitz a b :
  Rabs (mass b - mass a) <= sum (fun g => size (keys g)) groups * Rabs (a - b).
Proof using penalties.
  unfold mass. rewrite <- sum_minus, <- sum_scale_r. eapply Rle_trans.
  - apply Rabs_sum_le.
  - apply sum_le. intros g I. now apply shrunk_lipschitz, penalties.
Qed.

Lemma mass_continuous : continuity (fun theta => 1 - mass theta).
Proof using penalties.
  intros a eps E. set (c := sum (fun g => size (keys g)) groups + 1).
  assert (0 < c) as C.
  { assert (0 <= sum (fun g => size (keys g)) groups) by (apply sum_nonneg; intros; apply pos_INR).
    unfold c. lra. }
  exists (eps / c). split; [apply Rmult_lt_0_compat; [lra | now apply Rinv_0_lt_compat] |].
  intros b [_ D]. simpl in *. unfold R_dist in *.
  replace (1 - mass b - (1 - mass a)) with (mass a - mass b) by ring.
  eapply Rle_lt_trans; [apply mass_lipschitz |].
  apply Rle_lt_trans with (c * Rabs (b - a)).
  - apply Rmult_le_compat_r; [apply Rabs_pos | unfold c; lra].
  - replace eps with (c * (eps / c)) by (field; lra). now apply Rmult_lt_compat_l.
Qed.

Lemma mass_large g j theta :
  In g groups -> In j (keys g) -> theta < z g j - lambda g ->
  z g j - lambda g - theta <= mass theta.
Proof using penalties.
  intros I J T. pose proof (penalties g I) as L.
  apply Rle_trans with (shrunk (keys g) (z g) (lambda g) theta j).
  - unfold shrunk. set (e := over (z g) theta j). set (n := excess (keys g) (z g) theta).
    assert (e = z g j - theta) as E.
    { unfold e, over. destruct (ramp_case (z g j - theta)) as [[_ ->] | [H _]]; lra. }
    assert (e <= n) as N.
    { apply Rsqr_incr_0; [| lra | apply euclidean_pos]. rewrite !Rsqr_pow2.
      unfold n, excess. rewrite euclidean_square.
      apply (term_le_sum (fun k => over (z g) theta k ^ 2)); [intros; apply pow2_ge_0 | exact J]. }
    pose proof (ramp_above (1 - lambda g / n)) as R.
    assert (lambda g / n * e <= lambda g).
    { apply Rmult_le_reg_r with n; [lra |].
      replace (lambda g / n * e * n) with (lambda g * e) by (field; lra).
      now apply Rmult_le_compat_l. }
    assert ((1 - lambda g / n) * e <= ramp (1 - lambda g / n) * e)
      by (apply Rmult_le_compat_r; lra).
    unfold factor. fold n. lra.
  - eapply Rle_trans; [| apply (term_le_sum (fun g => sum (shrunk (keys g) (z g) (lambda g) theta)
      (keys g)) groups g); [intros h _; apply sum_nonneg; intros; apply shrunk_nonneg | exact I]].
    apply term_le_sum; [intros; apply shrunk_nonneg | exact J].
Qed.

Theorem threshold_exists g j : In g groups -> In j (keys g) -> exists theta, mass theta = 1.
Proof using penalties.
  intros I J. pose proof (penalties g I) as L.
  set (top := sum (fun h => sum (fun k => Rabs (z h k)) (keys h)) groups).
  assert (forall h k, In h groups -> In k (keys h) -> z h k <= top) as T.
  { intros h k Ih Ik. eapply Rle_trans; [apply Rle_abs |]. eapply Rle_trans.
    - apply (term_le_sum (fun k => Rabs (z h k)) (keys h) k); [intros; apply Rabs_pos | exact Ik].
    - apply (term_le_sum (fun h => sum (fun k => Rabs (z h k)) (keys h)) groups h); [| exact Ih].
      intros. apply sum_nonneg. intros. apply Rabs_pos. }
  assert (mass top = 0) as Z.
  { unfold mass. rewrite (sum_ext _ (fun _ => 0)), sum_const; [ring |]. intros h Ih.
    rewrite (sum_ext _ (fun _ => 0)), sum_const; [ring |]. intros k Ik. unfold shrunk, over.
    specialize (T h k Ih Ik). destruct (ramp_case (z h k - top)) as [[H ->] | [_ ->]]; [| ring].
    replace (z h k - top) with 0 by lra. ring. }
  pose proof (mass_large g j (z g j - lambda g - 2) I J). specialize (T g j I J).
  destruct (IVT (fun theta => 1 - mass theta) (z g j - lambda g - 2) top mass_continuous)
    as [theta [_ F]]; [lra | lra | rewrite Z; lra |].
  exists theta. lra.
Qed.

End Root.
