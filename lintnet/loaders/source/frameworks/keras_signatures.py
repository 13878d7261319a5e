"""The order of the constructor arguments of Keras layers: of Keras 3, and of Keras 1 where that is what is written.

Knows names and their order; what they mean stands in the tables of the Keras reader, which knows the older names too.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Final

from lintnet.ir import Unknown

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from lintnet.loaders.source.values import Value

__all__ = ["parameters", "positional"]

_LISTS: Final = {
    "KERNEL": (
        "kernel_initializer bias_initializer kernel_regularizer bias_regularizer activity_regularizer "
        "kernel_constraint bias_constraint"
    ),
    "DEPTHWISE": (
        "depthwise_initializer bias_initializer depthwise_regularizer bias_regularizer activity_regularizer "
        "depthwise_constraint bias_constraint"
    ),
    "SEPARABLE": (
        "depthwise_initializer pointwise_initializer bias_initializer depthwise_regularizer pointwise_regularizer "
        "bias_regularizer activity_regularizer depthwise_constraint pointwise_constraint bias_constraint"
    ),
    "RECURRENT": "kernel_initializer recurrent_initializer bias_initializer",
    "REGULAR": (
        "kernel_regularizer recurrent_regularizer bias_regularizer activity_regularizer kernel_constraint "
        "recurrent_constraint bias_constraint dropout recurrent_dropout"
    ),
    "CELL": (
        "kernel_regularizer recurrent_regularizer bias_regularizer kernel_constraint recurrent_constraint "
        "bias_constraint dropout recurrent_dropout"
    ),
    "STATE": "return_sequences return_state go_backwards stateful",
    "SCALED": (
        "epsilon center scale beta_initializer gamma_initializer beta_regularizer gamma_regularizer beta_constraint "
        "gamma_constraint"
    ),
    "OLD": "W_regularizer b_regularizer activity_regularizer W_constraint b_constraint bias",
    "OLD_RECURRENT": "W_regularizer U_regularizer b_regularizer dropout_W dropout_U",
}

# Classes, then their parameters in the order of Keras 3 (Keras 2 agrees as far as people write them by position).
_TABLE: Final = """
Activation: activation
ActivityRegularization: l1 l2
AdaptiveAveragePooling1D AdaptiveAveragePooling2D AdaptiveAveragePooling3D: output_size data_format
AdaptiveMaxPooling1D AdaptiveMaxPooling2D AdaptiveMaxPooling3D: output_size data_format
Add Average Identity Maximum Minimum Multiply Subtract:
AdditiveAttention: use_scale dropout
AlphaDropout Dropout: rate noise_shape seed
Attention: use_scale score_mode dropout seed
AugMix: value_range num_chains chain_depth factor alpha all_ops interpolation seed data_format
AutoContrast: value_range
AveragePooling1D AveragePooling2D AveragePooling3D AvgPool1D AvgPool2D AvgPool3D: pool_size strides padding \
data_format name
MaxPool1D MaxPool2D MaxPool3D MaxPooling1D MaxPooling2D MaxPooling3D: pool_size strides padding data_format name
BatchNormalization SyncBatchNormalization: axis momentum epsilon center scale beta_initializer gamma_initializer \
moving_mean_initializer moving_variance_initializer beta_regularizer gamma_regularizer beta_constraint \
gamma_constraint renorm renorm_clipping renorm_momentum synchronized
Bidirectional: layer merge_mode weights backward_layer
CategoryEncoding: num_tokens output_mode sparse
CenterCrop: height width data_format
Concatenate Softmax UnitNormalization: axis
ContrastLimitedAdaptiveHistogramEqualization: value_range clip_limit tile_grid_size data_format
Conv1D Conv2D Conv3D Convolution1D Convolution2D Convolution3D: filters kernel_size strides padding data_format \
dilation_rate groups activation use_bias KERNEL
Conv1DTranspose Conv2DTranspose Convolution1DTranspose Convolution2DTranspose Deconvolution2D: filters kernel_size \
strides padding output_padding data_format dilation_rate activation use_bias KERNEL
Conv3DTranspose Convolution3DTranspose Deconvolution3D: filters kernel_size strides padding data_format output_padding \
dilation_rate activation use_bias KERNEL
ConvLSTM1D ConvLSTM2D ConvLSTM3D: filters kernel_size strides padding data_format dilation_rate activation \
recurrent_activation use_bias RECURRENT unit_forget_bias REGULAR seed STATE
Cropping1D: cropping
Cropping2D Cropping3D: cropping data_format
CuDNNGRU: units RECURRENT kernel_regularizer recurrent_regularizer bias_regularizer activity_regularizer \
kernel_constraint recurrent_constraint bias_constraint return_sequences return_state stateful
CuDNNLSTM: units RECURRENT unit_forget_bias kernel_regularizer recurrent_regularizer bias_regularizer \
activity_regularizer kernel_constraint recurrent_constraint bias_constraint return_sequences return_state stateful
CutMix: factor seed data_format
Dense: units activation use_bias KERNEL lora_rank lora_alpha quantization_config
DepthwiseConv1D DepthwiseConv2D DepthwiseConv3D: kernel_size strides padding depth_multiplier data_format \
dilation_rate activation use_bias DEPTHWISE
Discretization: bin_boundaries num_bins epsilon output_mode sparse dtype name
Dot: axes normalize
ELU: alpha
EinsumDense: equation output_shape activation bias_axes kernel_initializer bias_initializer kernel_regularizer \
bias_regularizer kernel_constraint bias_constraint lora_rank lora_alpha gptq_unpacked_column_size quantization_config
Embedding: input_dim output_dim embeddings_initializer embeddings_regularizer embeddings_constraint mask_zero weights \
lora_rank lora_alpha quantization_config
Equalization: value_range bins data_format
Flatten: data_format
FlaxLayer: module method variables
GRU: units activation recurrent_activation use_bias RECURRENT REGULAR seed STATE unroll reset_after use_cudnn
GRUCell: units activation recurrent_activation use_bias RECURRENT CELL reset_after seed
GaussianDropout: rate seed
GaussianNoise: stddev seed
GlobalAveragePooling1D GlobalAveragePooling2D GlobalAveragePooling3D GlobalAvgPool1D GlobalAvgPool2D GlobalAvgPool3D: \
data_format keepdims
GlobalMaxPool1D GlobalMaxPool2D GlobalMaxPool3D GlobalMaxPooling1D GlobalMaxPooling2D GlobalMaxPooling3D: data_format \
keepdims
GroupNormalization: groups axis SCALED
GroupQueryAttention GroupedQueryAttention: head_dim num_query_heads num_key_value_heads dropout use_bias \
sliding_window flash_attention KERNEL use_gate seed
HashedCrossing: num_bins output_mode sparse name dtype
Hashing: num_bins mask_value salt output_mode sparse
Highway:
InputLayer: shape batch_size dtype sparse ragged batch_shape input_tensor optional name
InstanceNormalization: axis SCALED
IntegerLookup: max_tokens num_oov_indices mask_token oov_token vocabulary vocabulary_dtype idf_weights invert \
output_mode sparse pad_to_max_tokens oov_method salt name
JaxLayer: call_fn init_fn params state seed native_serialization_platforms
LSTM: units activation recurrent_activation use_bias RECURRENT unit_forget_bias REGULAR seed STATE unroll use_cudnn
LSTMCell: units activation recurrent_activation use_bias RECURRENT unit_forget_bias CELL seed
Lambda: function output_shape mask arguments
LayerNormalization: axis SCALED
LeakyReLU: negative_slope
LocallyConnected1D LocallyConnected2D: filters kernel_size strides padding data_format activation use_bias KERNEL
Masking: mask_value
MaxNumBoundingBoxes: max_number fill_value
MaxoutDense: output_dim nb_feature
MelSpectrogram: fft_length sequence_stride sequence_length window sampling_rate num_mel_bins min_freq max_freq \
power_to_db top_db mag_exp min_power ref_power
Merge: layers mode concat_axis dot_axes output_shape output_mask arguments node_indices tensor_indices name
MixUp: alpha data_format seed
MultiHeadAttention: num_heads key_dim value_dim dropout use_bias output_shape attention_axes sliding_window \
flash_attention KERNEL use_gate seed
Normalization: axis mean variance invert
PReLU: alpha_initializer alpha_regularizer alpha_constraint shared_axes
ParametricSoftplus SReLU:
Permute: dims
Pipeline: layers name
RMSNormalization: axis epsilon
RNN: cell STATE unroll zero_output_for_mask
RandAugment: value_range num_ops factor interpolation seed data_format
RandomBrightness RandomContrast: factor value_range seed
RandomColorDegeneration RandomHue RandomPosterization RandomSaturation RandomSharpness: factor value_range data_format \
seed
RandomColorJitter: value_range brightness_factor contrast_factor saturation_factor hue_factor seed data_format
RandomCrop: height width seed data_format name
RandomElasticTransform: factor scale interpolation fill_mode fill_value value_range seed data_format
RandomErasing: factor scale fill_value value_range seed data_format
RandomFlip: mode seed data_format
RandomGaussianBlur: factor kernel_size sigma value_range data_format seed
RandomGrayscale: factor data_format seed
RandomHeight RandomWidth: factor interpolation seed
RandomInvert: factor value_range seed data_format
RandomPerspective: factor scale interpolation fill_value seed data_format
RandomRotation: factor fill_mode interpolation seed fill_value data_format
RandomShear: x_factor y_factor interpolation fill_mode fill_value data_format seed
RandomTranslation RandomZoom: height_factor width_factor fill_mode interpolation seed fill_value data_format
ReLU: max_value negative_slope threshold
RepeatVector: n
Rescaling: scale offset
Reshape: target_shape
Resizing: height width interpolation crop_to_aspect_ratio pad_to_aspect_ratio fill_mode fill_value antialias data_format
ReversibleEmbedding: input_dim output_dim tie_weights embeddings_initializer embeddings_regularizer \
embeddings_constraint mask_zero reverse_dtype logit_soft_cap
STFTSpectrogram: mode frame_length frame_step fft_length window periodic scaling padding expand_dims data_format
SeparableConv1D SeparableConv2D SeparableConvolution1D SeparableConvolution2D: filters kernel_size strides padding \
data_format dilation_rate depth_multiplier activation use_bias SEPARABLE
SimpleRNN: units activation use_bias RECURRENT REGULAR STATE unroll seed
SimpleRNNCell: units activation use_bias RECURRENT CELL seed
Solarization: addition_factor threshold_factor value_range seed
SpatialDropout1D: rate seed name dtype
SpatialDropout2D SpatialDropout3D: rate data_format seed name dtype
SpectralNormalization: layer power_iterations
StackedRNNCells: cells
StringLookup: max_tokens num_oov_indices mask_token oov_token vocabulary idf_weights invert output_mode \
pad_to_max_tokens sparse encoding name salt
TFSMLayer: filepath call_endpoint call_training_endpoint trainable name dtype
TextVectorization: max_tokens standardize split ngrams output_mode output_sequence_length pad_to_max_tokens vocabulary \
idf_weights sparse ragged encoding name
ThresholdedReLU: theta
TimeDistributed Wrapper: layer
TimeDistributedDense: output_dim init activation weights
TorchModuleWrapper: module name output_shape
UpSampling1D: size
UpSampling2D: size data_format interpolation
UpSampling3D: size data_format
WeightNormalization: layer data_init
ZeroPadding1D ZeroPadding2D ZeroPadding3D: padding data_format
"""

# The order of Keras 1.
_OLD_TABLE: Final = """
AtrousConvolution1D: nb_filter filter_length init activation weights border_mode subsample_length atrous_rate OLD
AtrousConvolution2D: nb_filter nb_row nb_col init activation weights border_mode subsample atrous_rate dim_ordering OLD
AveragePooling1D MaxPooling1D: pool_length stride border_mode
AveragePooling2D AveragePooling3D MaxPooling2D MaxPooling3D: pool_size strides border_mode dim_ordering
BatchNormalization: epsilon mode axis momentum weights beta_init gamma_init
Convolution1D Conv1D: nb_filter filter_length init activation weights border_mode subsample_length OLD
Convolution2D Conv2D: nb_filter nb_row nb_col init activation weights border_mode subsample dim_ordering OLD
Convolution3D Conv3D: nb_filter kernel_dim1 kernel_dim2 kernel_dim3 init activation weights border_mode subsample \
dim_ordering OLD
Deconvolution2D: nb_filter nb_row nb_col output_shape init activation weights border_mode subsample dim_ordering OLD
Dense: output_dim init activation weights OLD
Embedding: input_dim output_dim init input_length
GRU LSTM SimpleRNN: output_dim init inner_init
LeakyReLU: alpha
LocallyConnected1D: nb_filter filter_length init activation weights border_mode subsample_length
LocallyConnected2D: nb_filter nb_row nb_col init activation weights border_mode subsample dim_ordering
SeparableConvolution2D SeparableConv2D: nb_filter nb_row nb_col init activation weights border_mode subsample \
depth_multiplier dim_ordering
"""

# Words that only Keras 1 has as names of arguments.
_OLD_NAMES: Final = """
W_constraint W_regularizer U_regularizer atrous_rate b_constraint b_regularizer bias border_mode dim_ordering
dropout_U dropout_W filter_length init inner_activation inner_init nb_col nb_epoch nb_filter nb_row output_dim
pool_length subsample subsample_length
"""
_OLD_WORDS: Final = frozenset(_OLD_NAMES.split())
_OLD_INITIALIZERS: Final = ("uniform", "normal", "zero", "one", "orthogonal", "identity")
_SPATIAL: Final = {"1": 1, "2": 2, "3": 3}


@cache
def _table(text: str) -> Mapping[str, tuple[str, ...]]:
    found: dict[str, tuple[str, ...]] = {}
    for line in text.strip().splitlines():
        classes, _, names = line.partition(":")
        words = " ".join(_LISTS.get(name, name) for name in names.split()).split()
        found.update(dict.fromkeys(classes.split(), tuple(words)))
    return found


def parameters(class_name: str) -> tuple[str, ...] | None:
    """Return the constructor's parameters by position, None for a class that is not known."""
    found = _table(_TABLE).get(class_name)
    return _table(_OLD_TABLE).get(class_name) if found is None else found


def positional(class_name: str, arguments: Sequence[Value], keywords: Mapping[str, Value]) -> tuple[str, ...]:
    """Return the names of the arguments that are given by position, in the order of the generation that wrote them."""
    old = _table(_OLD_TABLE).get(class_name)
    new = _table(_TABLE).get(class_name, ())
    if old is None or not _is_old(class_name, arguments, keywords):
        return new
    if class_name == "Dense" and len(arguments) > 1 and isinstance(arguments[1], int):
        return ("input_dim", "output_dim", *old[1:])  # before Keras 1
    if len(arguments) > 3 and isinstance(arguments[3], int) and old[1:3] == ("nb_row", "nb_col"):
        return ("nb_filter", "stack_size", *old[1:])
    return old


def _is_old(class_name: str, arguments: Sequence[Value], keywords: Mapping[str, Value]) -> bool:
    """Whether a call is written for Keras 1: by its words, or by sizes of the window one after the other."""
    if class_name == "Embedding":
        return "init" in keywords
    if not _OLD_WORDS.isdisjoint(keywords):
        return True
    if class_name.startswith("AtrousConvolution"):
        return True
    if class_name == "Dense":
        second = arguments[1] if len(arguments) > 1 else None
        return isinstance(second, int) or (isinstance(second, str) and any(w in second for w in _OLD_INITIALIZERS))
    if "Convolution" in class_name:
        spatial = _SPATIAL.get(class_name[-2:-1], 0)
        window = arguments[1 : 1 + spatial]
        return spatial > 1 and len(window) == spatial and all(_is_size(each) for each in window)
    return False


def _is_size(value: Value) -> bool:
    return isinstance(value, Unknown) or (isinstance(value, int) and not isinstance(value, bool))
