;; One row of a convolution, eight output channels: sums of products, without bias. SIMD of 128 bits.
(module
  (memory (export "memory") 1)
  (func (export "row")
    (param $x i32)      ;; address of the first patch: float32
    (param $next i32)   ;; bytes from a row of a patch to the next
    (param $rows i32)   ;; rows of a patch
    (param $run i32)    ;; numbers in a row of a patch, which lie beside each other
    (param $step i32)   ;; bytes from a patch to that of the next position
    (param $w i32)      ;; address of the kernel, for each number of a patch eight float32
    (param $out i32)    ;; address of the first result
    (param $wide i32)   ;; bytes from a result to that of the next position
    (param $n i32)      ;; positions; up to three more are computed
    (local $a0 v128) (local $a1 v128) (local $b0 v128) (local $b1 v128)
    (local $c0 v128) (local $c1 v128) (local $d0 v128) (local $d1 v128)
    (local $w0 v128) (local $w1 v128) (local $s v128)
    (local $k i32) (local $p i32) (local $q i32) (local $i i32) (local $r i32)
    (loop $positions
      (local.set $a0 (v128.const i32x4 0 0 0 0)) (local.set $a1 (v128.const i32x4 0 0 0 0))
      (local.set $b0 (v128.const i32x4 0 0 0 0)) (local.set $b1 (v128.const i32x4 0 0 0 0))
      (local.set $c0 (v128.const i32x4 0 0 0 0)) (local.set $c1 (v128.const i32x4 0 0 0 0))
      (local.set $d0 (v128.const i32x4 0 0 0 0)) (local.set $d1 (v128.const i32x4 0 0 0 0))
      (local.set $k (local.get $w))
      (local.set $p (local.get $x))
      (local.set $r (local.get $rows))
      (loop $patch
        (local.set $q (local.get $p))
        (local.set $i (local.get $run))
        (loop $numbers
          (local.set $w0 (v128.load (local.get $k)))
          (local.set $w1 (v128.load offset=16 (local.get $k)))
          (local.set $s (v128.load32_splat (local.get $q)))
          (local.set $a0 (f32x4.add (local.get $a0) (f32x4.mul (local.get $s) (local.get $w0))))
          (local.set $a1 (f32x4.add (local.get $a1) (f32x4.mul (local.get $s) (local.get $w1))))
          (local.set $s (v128.load32_splat (i32.add (local.get $q) (local.get $step))))
          (local.set $b0 (f32x4.add (local.get $b0) (f32x4.mul (local.get $s) (local.get $w0))))
          (local.set $b1 (f32x4.add (local.get $b1) (f32x4.mul (local.get $s) (local.get $w1))))
          (local.set $s (v128.load32_splat (i32.add (local.get $q) (i32.shl (local.get $step) (i32.const 1)))))
          (local.set $c0 (f32x4.add (local.get $c0) (f32x4.mul (local.get $s) (local.get $w0))))
          (local.set $c1 (f32x4.add (local.get $c1) (f32x4.mul (local.get $s) (local.get $w1))))
          (local.set $s (v128.load32_splat (i32.add (local.get $q) (i32.mul (local.get $step) (i32.const 3)))))
          (local.set $d0 (f32x4.add (local.get $d0) (f32x4.mul (local.get $s) (local.get $w0))))
          (local.set $d1 (f32x4.add (local.get $d1) (f32x4.mul (local.get $s) (local.get $w1))))
          (local.set $k (i32.add (local.get $k) (i32.const 32)))
          (local.set $q (i32.add (local.get $q) (i32.const 4)))
          (br_if $numbers (local.tee $i (i32.sub (local.get $i) (i32.const 1)))))
        (local.set $p (i32.add (local.get $p) (local.get $next)))
        (br_if $patch (local.tee $r (i32.sub (local.get $r) (i32.const 1)))))
      (v128.store (local.get $out) (local.get $a0))
      (v128.store offset=16 (local.get $out) (local.get $a1))
      (local.set $out (i32.add (local.get $out) (local.get $wide)))
      (v128.store (local.get $out) (local.get $b0))
      (v128.store offset=16 (local.get $out) (local.get $b1))
      (local.set $out (i32.add (local.get $out) (local.get $wide)))
      (v128.store (local.get $out) (local.get $c0))
      (v128.store offset=16 (local.get $out) (local.get $c1))
      (local.set $out (i32.add (local.get $out) (local.get $wide)))
      (v128.store (local.get $out) (local.get $d0))
      (v128.store offset=16 (local.get $out) (local.get $d1))
      (local.set $out (i32.add (local.get $out) (local.get $wide)))
      (local.set $x (i32.add (local.get $x) (i32.shl (local.get $step) (i32.const 2))))
      (br_if $positions (i32.gt_s (local.tee $n (i32.sub (local.get $n) (i32.const 4))) (i32.const 0))))))
