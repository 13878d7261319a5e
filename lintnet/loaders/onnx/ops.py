"""Every operator of the ONNX domains: its kind, which inputs carry activations, and what its other inputs are.

A table, and nothing else. How the attributes are read is named in the column `rule` and written in `meaning.py`.

Source: operator schemas of ONNX 1.23 (all versions), and ContribOperators.md of ONNX Runtime for com.microsoft.
"""

from __future__ import annotations

from typing import Final, NamedTuple

__all__ = ["CONSTANT_OPS", "MEASURES", "OPERATORS", "SOURCES", "Operator", "find"]


class Operator(NamedTuple):
    """One row of the table.

    kind: the word of the IR. data: positions of activation inputs, None for all. rule: how attributes are read, empty
    for an operator that has none. roles: by position, the role of a constant input; `-` where it has none.
    """

    kind: str
    data: frozenset[int] | None
    rule: str
    roles: tuple[str, ...]


# operator kind data rule roles…   data: positions, * for all
_AI_ONNX: Final = """
Abs absolute 0
Acos sine 0
Acosh sine 0
Add add * arithmetic
AffineGrid index_math 0
And logical *
ArgMax arg_max 0 arg
ArgMin arg_max 0 arg
Asin sine 0
Asinh sine 0
Atan sine 0
Atanh sine 0
Attention attention 0,1,2 attention
AveragePool average_pool 0 pool
BatchNormalization batch_norm 0 batch_norm - scale shift mean variance
Bernoulli random 0
BitCast cast 0
BitShift logical *
BitwiseAnd logical *
BitwiseNot logical *
BitwiseOr logical *
BitwiseXor logical *
BlackmanWindow signal 0
Cast cast 0
CastLike cast 0
CausalConvWithState conv 0,3 conv - weight bias
Ceil round 0
Celu celu 0 slope
CenterCropPad crop 0
Clip clamp 0 clip
Col2Im extract 0
Compress gather 0,1
Concat concat * concat
ConcatFromSequence concat * concat
Constant identity 0
ConstantOfShape index_math 0
Conv conv 0 conv - weight bias
ConvInteger conv 0 conv - weight
ConvTranspose conv_transpose 0 conv_transpose - weight bias
Cos sine 0
Cosh sine 0
CumProd cumulative 0
CumSum cumulative 0
DFT signal 0
DeformConv conv 0,2,4 deform_conv - weight - bias
DepthToSpace depth_to_space 0
DequantizeLinear dequantize 0
Det index_math 0
Div divide * arithmetic
Dropout dropout 0 dropout
DynamicQuantizeLinear quantize 0
Einsum einsum *
Elu elu 0 slope
Equal compare * compare
Erf erf 0
Exp exp 0
Expand expand 0
EyeLike index_math 0
Flatten flatten 0 flatten
Floor round 0
GRU gru 0,5 recurrent - weight recurrent bias
Gather gather 0,1 gather
GatherElements gather 0,1
GatherND gather 0,1
Gelu gelu 0 gelu
Gemm linear 0,1,2 gemm - weight bias
GlobalAveragePool global_average_pool 0
GlobalLpPool lp_pool 0
GlobalMaxPool global_max_pool 0
Greater compare * compare
GreaterOrEqual compare * compare
GridSample spatial_transform 0,1
GroupNormalization group_norm 0 group_norm - scale shift
HammingWindow signal 0
HannWindow signal 0
HardSigmoid hard_sigmoid 0
HardSwish hard_swish 0
Hardmax other_activation 0
Identity identity 0
If choice *
ImageDecoder augment 0
InstanceNormalization instance_norm 0 instance_norm - scale shift
IsInf compare 0 compare
IsNaN compare 0 compare
LRN local_response_norm 0
LSTM lstm 0,5,6 recurrent - weight recurrent bias
LayerNormalization layer_norm 0 layer_norm - scale shift
LeakyRelu leaky_relu 0 slope
Less compare * compare
LessOrEqual compare * compare
LinearAttention attention 0,1,2 linear_attention
Log log 0
LogSoftmax log_softmax 0 softmax
Loop loop *
LpNormalization unit_norm 0
LpPool lp_pool 0 pool
MatMul matmul * matmul
MatMulInteger matmul 0,1 matmul
Max maximum * arithmetic
MaxPool max_pool 0 pool
MaxRoiPool detect 0,1
MaxUnpool resize 0,1
Mean average * arithmetic
MeanVarianceNormalization instance_norm 0 mean_variance
MelWeightMatrix signal *
Min minimum * arithmetic
Mish mish 0
Mod index_math *
Mul multiply * arithmetic
Multinomial random 0
Neg affine 0 negate
NegativeLogLikelihoodLoss loss 0,1 nll
NonMaxSuppression detect 0,1
NonZero index_math 0
Not logical 0
OneHot index_math 0
Optional identity 0
OptionalGetElement identity 0
OptionalHasElement logical 0
Or logical *
PRelu prelu 0 - - slope
Pad pad 0 pad
Pow power 0,1 power
QLinearConv conv 0 conv - - - weight - - - - bias
QLinearMatMul matmul 0,3 matmul
QuantizeLinear quantize 0
RMSNormalization rms_norm 0 rms_norm - scale
RNN rnn 0,5 recurrent - weight recurrent bias
RandomNormal random *
RandomNormalLike random 0
RandomUniform random *
RandomUniformLike random 0
Range index_math *
Reciprocal reciprocal 0
ReduceL1 reduce 0 reduce
ReduceL2 reduce 0 reduce
ReduceLogSum reduce 0 reduce
ReduceLogSumExp reduce 0 reduce
ReduceMax reduce 0 reduce
ReduceMean reduce 0 reduce
ReduceMin reduce 0 reduce
ReduceProd reduce 0 reduce
ReduceSum reduce 0 reduce
ReduceSumSquare reduce 0 reduce
RegexFullMatch compare 0
Relu relu 0 relu
Reshape reshape 0 reshape
Resize resize 0 resize
ReverseSequence gather 0
RoiAlign detect 0,1
RotaryEmbedding rotary 0
Round round 0
STFT signal 0
Scan loop *
Scatter scatter *
ScatterElements scatter *
ScatterND scatter *
Selu selu 0
SequenceAt extract 0
SequenceConstruct extract *
SequenceEmpty extract *
SequenceErase extract 0
SequenceInsert extract 0,1
SequenceLength index_math 0
SequenceMap loop *
Shape index_math 0
Shrink shrink 0 shrink
Sigmoid sigmoid 0
Sign round 0
Sin sine 0
Sinh sine 0
Size index_math 0
Slice slice 0 slice
Softmax softmax 0 softmax
SoftmaxCrossEntropyLoss loss 0,1 cross_entropy
Softplus softplus 0
Softsign softsign 0
SpaceToDepth space_to_depth 0
Split split 0 split
SplitToSequence split 0 split
Sqrt sqrt 0
Squeeze squeeze 0
StringConcat classic *
StringNormalizer classic 0
StringSplit classic 0
Sub subtract * arithmetic
Sum add * arithmetic
SwiGLU glu *
Swish silu 0 swish
Tan sine 0
Tanh tanh 0
TensorScatter scatter *
TfIdfVectorizer classic 0
ThresholdedRelu threshold 0 threshold
Tile tile 0
TopK top_k 0
Transpose transpose 0 transpose
Trilu mask 0
Unique index_math 0
Unsqueeze unsqueeze 0
Upsample resize 0 resize
Where select * where
Xor logical *
"""

_ML: Final = """
ArrayFeatureExtractor classic *
Binarizer classic 0
CastMap classic 0
CategoryMapper classic 0
DictVectorizer classic 0
FeatureVectorizer classic *
Imputer classic 0
LabelEncoder classic 0
LinearClassifier classic 0
LinearRegressor classic 0
Normalizer classic 0
OneHotEncoder classic 0
SVMClassifier classic 0
SVMRegressor classic 0
Scaler classic 0
TreeEnsemble classic 0
TreeEnsembleClassifier classic 0
TreeEnsembleRegressor classic 0
ZipMap classic 0
"""

_TRAINING: Final = """
Adagrad state *
Adam state *
Gradient state *
Momentum state *
"""

_PREVIEW: Final = """
FlexAttention attention 0,1,2 flex_attention
"""

_MICROSOFT: Final = """
Attention attention 0 microsoft_attention - weight bias
BiasAdd add *
BiasDropout dropout 0,2 bias_dropout - shift
BiasGelu gelu 0 biased - shift
BiasSoftmax softmax 0,1 bias_softmax
BiasSplitGelu glu 0 - - shift
BitmaskBiasDropout dropout 0,2 bias_dropout - shift
BitmaskDropout dropout 0 dropout
DynamicQuantizeLSTM lstm 0,5,6 recurrent - weight recurrent bias
DynamicQuantizeMatMul linear 0 transposed_linear - weight - - bias
EmbedLayerNormalization embedding 0,1 embed_layer_norm
FastGelu gelu 0 fast_gelu - shift
FusedConv conv 0,3 fused_conv - weight bias
FusedGemm linear 0,1,2 gemm - weight bias
FusedMatMul matmul * matmul
FusedMatMulActivation matmul * fused_matmul_activation
GatedRelativePositionBias index_math *
Gelu gelu 0 gelu
GemmFastGelu linear 0 gemm_fast_gelu - weight bias
GroupNorm group_norm 0 microsoft_group_norm - scale shift
GroupQueryAttention attention 0,1,2 microsoft_attention
Inverse index_math 0
MatMulInteger16 matmul * matmul
MatMulIntegerToFloat matmul 0,1 matmul
MatMulNBits linear 0 matmul_nbits - weight - - - bias
MultiHeadAttention attention 0,1,2 microsoft_attention
NGramRepeatBlock index_math *
NhwcConv conv 0 nhwc_conv - weight bias
NhwcFusedConv conv 0,3 nhwc_conv - weight bias
NhwcMaxPool max_pool 0 nhwc_pool
PackedAttention attention 0 microsoft_attention - weight bias
PackedMultiHeadAttention attention 0,1,2 microsoft_attention
Pad pad 0 pad
QAttention attention 0 microsoft_attention - weight bias
QGemm linear 0 q_gemm - - - weight - - bias
QLinearAdd add 0,3 quantized_arithmetic
QLinearAveragePool average_pool 0 pool
QLinearConcat concat * concat
QLinearConv conv 0 conv - - - weight - - - - bias
QLinearGlobalAveragePool global_average_pool 0
QLinearLeakyRelu leaky_relu 0 slope
QLinearMul multiply 0,3 quantized_arithmetic
QLinearReduceMean reduce 0 reduce
QLinearSigmoid sigmoid 0
QLinearSoftmax softmax 0 softmax
QLinearWhere select 0,1,4
QMoE linear 0 opaque_weights
QuickGelu silu 0 quick_gelu
RotaryEmbedding rotary 0
Sampling index_math *
SimplifiedLayerNormalization rms_norm 0 rms_norm - scale
SkipGroupNorm group_norm 0,3 skip_group_norm - scale shift
SkipLayerNormalization layer_norm 0,1 skip_layer_norm - - scale shift bias
SkipSimplifiedLayerNormalization rms_norm 0,1 skip_rms_norm - - scale bias
SparseAttention attention 0,1,2 microsoft_attention
Trilu mask 0
Unique index_math 0
DequantizeLinear dequantize 0
QuantizeLinear quantize 0
"""


def _read(table: str) -> dict[str, Operator]:
    operators: dict[str, Operator] = {}
    for line in table.strip().splitlines():
        name, kind, data, *rest = line.split()
        positions = None if data == "*" else frozenset(map(int, data.split(",")))
        rule = rest[0] if rest and rest[0] != "-" else ""
        operators[name] = Operator(kind, positions, rule, tuple(rest[1:]))
    return operators


OPERATORS: Final = {
    "": _read(_AI_ONNX),
    "ai.onnx.ml": _read(_ML),
    "ai.onnx.preview": _read(_PREVIEW),
    "ai.onnx.preview.training": _read(_TRAINING),
    "com.microsoft": _read(_MICROSOFT),
}
"""Operators by domain and name."""

MEASURES: Final = frozenset({"EyeLike", "OptionalHasElement", "SequenceLength", "Shape", "Size"})
"""Operators of the default domain whose result depends on the shape of their input only."""

SOURCES: Final = frozenset(
    {"Bernoulli", "Multinomial", "RandomNormal", "RandomNormalLike", "RandomUniform", "RandomUniformLike"}
)
"""Operators of the default domain that make something new out of nothing: never constants."""

CONSTANT_OPS: Final = frozenset({"CastLike"})
"""Operators of the default domain of which an input outside the data positions gives only a type."""


def find(domain: str, op_type: str) -> Operator | None:
    """Return the row of an operator; None when it is not known."""
    table = OPERATORS.get("" if domain == "ai.onnx" else domain)
    return None if table is None else table.get(op_type)
